import { memberlistDetection } from './memberlist-figures.js'
import type { Summary } from './report.js'

const [WIDTH, HEIGHT] = [720, 400]
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 170, 30, 50]

interface Line {
  readonly name: string
  readonly colour: string
  readonly dashed: boolean
  readonly points: readonly (readonly [members: number, value: number])[]
}

/** A picture (SVG) of detection times against the number of members, both on logarithmic scales, beside memberlist's computed ones. */
export function plotDetection(summaries: readonly Summary[]): string {
  const of = (value: (one: Summary) => number | undefined): Line['points'] =>
    summaries.flatMap((one) => {
      const found = value(one)
      return found === undefined ? [] : [[one.members, found] as const]
    })
  return plot('until all members know of a death, ms', [
    { name: 'Weft p50', colour: '#1f6feb', dashed: false, points: of(({ p50 }) => p50) },
    { name: 'Weft p99', colour: '#0a3069', dashed: false, points: of(({ p99 }) => p99) },
    { name: 'memberlist p50*', colour: '#bc4c00', dashed: true, points: of(({ members }) => memberlistDetection(members, 0.5)) },
    { name: 'memberlist p99*', colour: '#953800', dashed: true, points: of(({ members }) => memberlistDetection(members, 0.99)) },
  ])
}

/** The same for what a member sends. */
export function plotTraffic(summaries: readonly Summary[]): string {
  return plot('sent per member and second', [
    { name: 'bytes', colour: '#1f6feb', dashed: false, points: summaries.map(({ members, bytes }) => [members, bytes] as const) },
    { name: 'packets', colour: '#1a7f37', dashed: false, points: summaries.map(({ members, packets }) => [members, packets] as const) },
    { name: 'echoes', colour: '#8250df', dashed: false, points: summaries.map(({ members, echoes }) => [members, echoes] as const) },
  ])
}

function plot(title: string, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points)
  const [fromX, toX] = decades(points.map(([members]) => members))
  const [fromY, toY] = decades(points.map(([, value]) => value))
  const x = (members: number): number => LEFT + ((Math.log10(members) - fromX) / (toX - fromX)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number): number => HEIGHT - BOTTOM - ((Math.log10(value) - fromY) / (toY - fromY)) * (HEIGHT - TOP - BOTTOM)
  const parts = [text(LEFT, 18, title, 'start')]
  for (let decade = fromY; decade <= toY; decade++) {
    parts.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(10 ** decade)}" y2="${y(10 ** decade)}" stroke="#d0d7de"/>`)
    parts.push(text(LEFT - 8, y(10 ** decade) + 4, `${10 ** decade}`, 'end'))
  }
  for (let decade = fromX; decade <= toX; decade++) parts.push(text(x(10 ** decade), HEIGHT - BOTTOM + 20, `${10 ** decade}`, 'middle'))
  parts.push(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, 'members', 'middle'))
  for (const [number, { name, colour, dashed, points: line }] of lines.entries()) {
    const path = line.map(([members, value]) => `${x(members).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="5 4"' : ''}/>`)
    for (const [members, value] of line)
      parts.push(`<circle cx="${x(members).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3" fill="${colour}"/>`)
    parts.push(text(WIDTH - RIGHT + 12, TOP + 20 + number * 20, name, 'start', colour))
  }
  const frame = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`
  return `${frame}\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`
}

/** Whole powers of ten around the values, at least one decade. */
function decades(values: readonly number[]): readonly [number, number] {
  const positive = values.filter((value) => value > 0)
  const from = Math.floor(Math.log10(Math.min(...positive)))
  return [from, Math.max(from + 1, Math.ceil(Math.log10(Math.max(...positive))))]
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', colour = '#1f2328'): string {
  return `<text x="${x}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${colour}">${content}</text>`
}
