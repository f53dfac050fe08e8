import { parseArgs } from 'node:util'
import { asWeftError, WeftError } from '#core'
import { Lab } from '#lab'
import { becomeRoot } from '../lab/elevate.js'
import { howToPlay } from '../lab/lab-text.js'
import { BrokenPromise, containers, death, kernel, network, plan, reachability, restart, type Scene } from './chapters.js'
import { Telling } from './telling.js'

const USAGE = `usage: npm run demo [-- --keep]
  --keep   leave the lab running afterwards, to play with
`

const DRAWING = `
     c1   c2             c1   c2             c1   c2        containers
      \\   /               \\   /               \\   /
       h1                  h2                  h3            hosts, each with an agent
        |                   |                   |
   =====+=========+=========+===================+=====      the underlay
                  |
                etcd                                         what the hosts agree on
`

async function demo(keep: boolean): Promise<void> {
  const tell = new Telling()
  const began = performance.now()
  tell.print('Weft: one flat network for the containers of several hosts.\n')
  await tell.say('Three hosts and an etcd are built on this machine from network namespaces; nothing outside them is touched.')
  tell.drawing(DRAWING)
  // A lab that stays has a name to find it by; others must not be in each other's way.
  const lab = await Lab.up({ hosts: 3, ...(keep ? { id: 'demo' } : {}) })
  try {
    await lab.startAgents()
    const scene: Scene = { lab, tell, addresses: new Map() }
    for (const chapter of [network, containers, reachability, kernel, plan, restart, death]) await chapter(scene)
    tell.print(`\nThat was it, in ${Math.round((performance.now() - began) / 1000)} s.`)
    if (keep) {
      lab.release()
      tell.print(` The lab '${lab.id}' stays; play with it:\n${howToPlay(lab)}\n`)
      return
    }
  } catch (thrown) {
    // Shown while the log is still there.
    for (const host of lab.hosts.values()) {
      const lines = host.readLog().trimEnd().split('\n').slice(-15)
      tell.print(`\nlast lines of the log of ${host.name}:\n${lines.map((line) => `   ${line}\n`).join('')}`)
    }
    await lab.down()
    throw thrown
  }
  await lab.down()
  tell.print(' Everything is removed again. (`npm run demo -- --keep` leaves it running.)\n')
}

try {
  const { values } = parseArgs({
    options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  })
  if (values.help) process.stdout.write(USAGE)
  else {
    becomeRoot()
    await demo(values.keep)
  }
} catch (thrown) {
  if (thrown instanceof BrokenPromise) process.stderr.write(`demo: ${thrown.message}\n`)
  else if (thrown instanceof TypeError && 'code' in thrown && String(thrown.code).startsWith('ERR_PARSE_ARGS')) {
    process.stderr.write(`demo: ${thrown.message}\n${USAGE}`)
    process.exitCode = 2
  } else {
    const error: WeftError = asWeftError(thrown)
    process.stderr.write(`demo: ${error.message} [${error.code}]\n${error.hint === undefined ? '' : `      ${error.hint}\n`}`)
  }
  process.exitCode ??= 1
}
