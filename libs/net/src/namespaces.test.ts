import { describe, it } from 'mocha'
import { expect } from 'chai'
import { Stage, type StagedHost } from './testkit/stage.js'
import { until } from './testkit/until.js'

/** Real processes on real kernels. Times are printed by e2e scenarios, not asserted: the machine may be busy. */
describe('gossip between network namespaces', () => {
  it('tells a dead host from a frozen agent and from a broken overlay, and sees each come back', async () => {
    const stage = await Stage.set(3)
    try {
      const [one, two, three] = stage.hosts as [StagedHost, StagedHost, StagedHost]
      const see = (observers: StagedHost[], subject: StagedHost, health: string): Promise<void> =>
        until(() => observers.every((observer) => observer.health(subject) === health), `${subject.id} is ${health}`)
      for (const host of stage.hosts) {
        await see(
          stage.hosts.filter((other) => other !== host),
          host,
          'alive',
        )
      }
      await until(() => stage.hosts.every((host) => host.lines.some(({ after }) => after === 'asked')), 'answers of all kernels')

      three.signal('SIGSTOP')
      await see([one, two], three, 'agent-down')
      three.signal('SIGCONT')
      await see([one, two], three, 'alive')

      await stage.overlay(three, 'down')
      await see([one, two], three, 'path-broken')
      await stage.overlay(three, 'up')
      await see([one, two], three, 'alive')

      await stage.link(three, 'down')
      await see([one, two], three, 'dead')
      expect(one.lines.findLast(({ id }) => id === three.id)?.why).to.equal('kernels-silent')
      await stage.link(three, 'up')
      await see([one, two], three, 'alive')
      await see([three], one, 'alive')
      await see([three], two, 'alive')
      await see([one], two, 'alive')
      await see([two], one, 'alive')
      // What the third believed of them while it was cut off was never believed by them.
      const deaths = [...one.lines, ...two.lines].filter(({ id, after }) => after === 'dead' && id !== three.id)
      expect(deaths).to.deep.equal([])
    } finally {
      await stage.strike()
    }
  }).timeout(120_000)
})
