import { setTimeout as delay } from 'node:timers/promises'
import { styleText } from 'node:util'
import type { Place } from '#lab'

type Format = Parameters<typeof styleText>[0]

/**
 * How the demo speaks: headings, sentences, commands with what they print. On a terminal it leaves time to read; elsewhere (a pipe, CI)
 * it does not wait. Colours follow no-color.org.
 */
export class Telling {
  private readonly paced = process.stdout.isTTY
  private readonly coloured = this.paced && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
  private chapters = 0

  async heading(text: string): Promise<void> {
    this.chapters++
    this.print(`\n${this.style(['bold', 'cyan'], `${this.chapters}. ${text}`)}\n`)
    await this.pause(0.8)
  }

  /** Sentences between commands. */
  async say(text: string): Promise<void> {
    this.print(`${text}\n`)
    // Grown-ups read some 20 characters a second; some of it they knew.
    await this.pause(Math.min(4, text.length / 40))
  }

  /** Runs a command, shows it as typed on that host's prompt, and what it prints. Returns that. */
  async show(place: Place, words: readonly string[], only: (line: string) => boolean = () => true): Promise<string> {
    this.prompt(place, words)
    const { stdout } = await place.exec(words)
    await this.output(stdout, only)
    return stdout
  }

  /** Shows a command as typed. */
  prompt(place: Place, words: readonly string[]): void {
    const line = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ')
    this.print(`\n${this.style('green', `${place.label} #`)} ${this.style('bold', line)}\n`)
  }

  /** Shows what a command printed. */
  async output(text: string, only: (line: string) => boolean = () => true): Promise<void> {
    const lines = text.trimEnd().split('\n').filter(only)
    this.print(`${lines.map((line) => `   ${this.style('dim', line.trimEnd())}`).join('\n')}\n`)
    await this.pause(Math.min(3, 0.4 + lines.length * 0.15))
  }

  /** A finding, good or bad. */
  async finding(good: boolean, text: string): Promise<void> {
    this.print(`\n   ${good ? this.style('green', '✓') : this.style('red', '✗')} ${this.style('bold', text)}\n`)
    await this.pause(1)
  }

  drawing(text: string): void {
    this.print(`${this.style('yellow', text)}\n`)
  }

  print(text: string): void {
    process.stdout.write(text)
  }

  private async pause(seconds: number): Promise<void> {
    if (this.paced) await delay(seconds * 1000)
  }

  private style(format: Format, text: string): string {
    return this.coloured ? styleText(format, text) : text
  }
}
