import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseNetworkName, parsePrefix, prefixAddress, type Prefix } from '#core'
import type { TestNetns } from '#netlink/testkit'
import { waitingAddress } from '#plan'
import { BLUE } from '#plan/testkit'
import { eventually } from '../testkit/eventually.js'
import { flood } from '../testkit/flood.js'
import { FLOATING, GATE6, GATEWAY, withGateStage, type GateStage } from '../testkit/gate-stage.js'
import { B1, B2, BURST, echoesAt, filterOf, ping, SIX, withProcess } from '../testkit/stage.js'

/** Longer than any of these tests, where the end of a grant is not what they are about. */
const LONG = 600_000

/** Which ways through h1 are open. */
async function ways({ h1, b1, b2 }: GateStage, at = { B1, B2, gateway: GATEWAY, floating: FLOATING }): Promise<Record<string, boolean>> {
  const asked: readonly (readonly [string, TestNetns, string])[] = [
    ['to the subnet', b2, at.B1],
    ['from the subnet', b1, at.B2],
    ['from the host', h1, at.B1],
    ['to the gateway', b2, at.gateway],
    ['to the floating address', b2, at.floating],
  ]
  const answers = await Promise.all(asked.map(async ([way, from, to]) => [way, await ping(from, to)] as const))
  return Object.fromEntries(answers)
}

const all = (open: boolean): Record<string, boolean> => ({
  'to the subnet': open,
  'from the subnet': open,
  'from the host': open,
  'to the gateway': open,
  'to the floating address': open,
})

/** Shows the gate open: armed, flipped, everything granted. */
async function open({ firewall, wanted }: GateStage, timeout = LONG, nonce = 1): Promise<void> {
  await firewall.apply(wanted)
  await firewall.gate.grant(wanted.gated)
  await firewall.gate.arm(nonce, timeout)
  await firewall.gate.flip(nonce)
}

describe('the gate', function () {
  this.timeout(60_000)

  it('is shut from the start, shut while armed, open after the flip, both ways', () =>
    withGateStage(async (stage) => {
      const { firewall, wanted } = stage
      expect(wanted.gated.map(prefixAddress)).to.have.members(['10.61.1.0', FLOATING])
      // Before there is a packet filter of any kind nothing is forwarded; what the host receives itself is not stopped by rules.
      expect(await ways(stage)).to.include({ 'to the subnet': false, 'from the subnet': false })
      await firewall.apply(wanted)
      expect(await ways(stage)).to.deep.equal(all(false))
      await firewall.gate.grant(wanted.gated)
      expect(await ways(stage)).to.deep.equal(all(false))
      await firewall.gate.arm(1, LONG)
      expect(await firewall.gate.state()).to.deep.equal({ open: false })
      expect(await ways(stage)).to.deep.equal(all(false))
      await firewall.gate.flip(1)
      expect(await firewall.gate.state()).to.have.property('open', true)
      expect(await ways(stage)).to.deep.equal(all(true))
      await firewall.gate.shut()
      expect(await ways(stage)).to.deep.equal(all(false))
    }))

  it('does the same in a network of IPv6, whose rules shut by themselves, too', () =>
    withGateStage(async (stage) => {
      const { firewall, wanted, h1 } = stage
      const at = { ...SIX, gateway: GATE6.gateway, floating: GATE6.floating }
      expect(wanted.gated.map(prefixAddress)).to.have.members(['fd61:0:0:1::', GATE6.floating])
      expect(await ways(stage, at)).to.include({ 'to the subnet': false, 'from the subnet': false })
      await firewall.apply(wanted)
      expect(await ways(stage, at)).to.deep.equal(all(false))
      await firewall.gate.grant(wanted.gated)
      await firewall.gate.arm(1, LONG)
      expect(await ways(stage, at)).to.deep.equal(all(false))
      await firewall.gate.flip(1)
      expect(await firewall.gate.state()).to.have.property('open', true)
      expect(await ways(stage, at)).to.deep.equal(all(true))
      expect(await firewall.gated()).to.have.members([...wanted.gated])
      await firewall.gate.grant(wanted.gated.filter((prefix) => prefix.endsWith('/128')))
      expect(await ways(stage, at)).to.deep.equal({ ...all(false), 'to the floating address': true })
      await firewall.gate.grant(wanted.gated)
      // Renewed with a short time, it shuts by itself.
      await firewall.gate.arm(2, 1500)
      await firewall.gate.flip(2)
      await eventually(async () => !(await firewall.gate.state()).open)
      expect(await ways(stage, at)).to.deep.equal(all(false))
      await firewall.gate.arm(3, LONG)
      await firewall.gate.flip(3)
      expect(await ways(stage, at)).to.deep.equal(all(true))
      // Without the filter there are no marks, and the rules stop everything that is forwarded.
      await h1.exec('nft', 'delete', 'table', 'inet', 'weft-gate')
      expect(await ways(stage, at)).to.include({ 'to the subnet': false, 'from the subnet': false })
    }, GATE6))

  it('shuts by the kernel’s clock while its process is stopped, and stays shut when that goes on', () =>
    withGateStage(async (stage) => {
      const { firewall, wanted, h1, b2 } = stage
      await firewall.apply(wanted)
      await firewall.gate.grant(wanted.gated)
      const agent = `
        const { NftFirewall } = await import(${JSON.stringify(new URL('../index.js', import.meta.url).href)})
        const never = () => {}
        const clock = { now: () => performance.now(), wallTime: () => '', after: () => ({ cancel: never }) }
        const { gate } = new NftFirewall({ clock, log: { debug: never, info: never, warn: never, error: never } })
        await gate.arm(1, 3000)
        await gate.flip(1)
        await gate.arm(2, 3000)
        process.kill(process.pid, 'SIGSTOP')
        await gate.flip(2)
        console.log('went on')
        setTimeout(never, 60000)`
      await withProcess(h1, [process.execPath, '--input-type=module', '-e', agent], async (child) => {
        let told = ''
        child.stdout.setEncoding('utf8').on('data', (more: string) => (told += more))
        await eventually(async () => (await firewall.gate.state()).open)
        const state = await firewall.gate.state()
        expect(state.open && state.remaining).to.be.within(1, 3000)
        expect(await ping(b2, B1)).to.equal(true)
        await eventually(async () => !(await firewall.gate.state()).open)
        expect(await ways(stage)).to.deep.equal(all(false))
        child.kill('SIGCONT')
        await eventually(() => told.includes('went on'))
        expect(await ways(stage)).to.deep.equal(all(false))
      })
    }))

  it('stays shut when it is flipped too late', () =>
    withGateStage(async (stage) => {
      const { gate } = stage.firewall
      await open(stage)
      await gate.arm(2, 200)
      await eventually(async () => !(await stage.h1.exec('nft', 'list', 'set', 'inet', 'weft-gate', 'tick-b')).includes('expires'))
      expect(await ping(stage.b2, B1)).to.equal(true)
      await gate.flip(2)
      expect(await gate.state()).to.deep.equal({ open: false })
      expect(await ways(stage)).to.deep.equal(all(false))
    }))

  it('forgets a flip that another arm has overtaken', () =>
    withGateStage(async (stage) => {
      const { gate } = stage.firewall
      await open(stage)
      await gate.shut()
      await gate.arm(2, LONG)
      await gate.arm(3, LONG)
      await gate.flip(2)
      expect(await gate.state()).to.deep.equal({ open: false })
      await gate.flip(3)
      expect(await ways(stage)).to.deep.equal(all(true))
    }))

  it('loses no packet while it is renewed', () =>
    withGateStage(async (stage) => {
      const { gate } = stage.firewall
      await open(stage)
      const [sent, answered] = await flood(stage.b2, B1, async () => {
        for (let nonce = 2; nonce < 2000; nonce++) {
          await gate.arm(nonce, LONG)
          await new Promise((resolve) => setImmediate(resolve))
          await gate.flip(nonce)
          await new Promise((resolve) => setImmediate(resolve))
        }
      })
      expect(sent).to.be.greaterThan(1000)
      expect(answered).to.equal(sent)
    }))

  it('forwards nothing after nft flush ruleset, and is shut when it is back until it is opened anew', () =>
    withGateStage(async (stage) => {
      const { firewall, wanted, h1 } = stage
      await open(stage)
      let told = 0
      const stop = firewall.onChange(() => told++)
      await h1.exec('nft', 'flush', 'ruleset')
      expect(await ways(stage)).to.include({ 'to the subnet': false, 'from the subnet': false })
      await eventually(() => told > 0)
      stop()
      expect((await firewall.apply(wanted)).changes).to.include('table inet weft-gate: written')
      expect(await ways(stage)).to.deep.equal(all(false))
      await firewall.gate.arm(2, LONG)
      await firewall.gate.flip(2)
      expect(await ways(stage)).to.deep.equal(all(true))
    }))

  it('knows a lease within a lease: each has a grant of its own, whatever comes first', () =>
    withGateStage(async (stage) => {
      const { firewall, wanted, h1 } = stage
      const subnet = parsePrefix('10.61.1.0/24')
      const inside = parsePrefix('10.61.1.9/32')
      const granted = async (address: string): Promise<boolean> =>
        h1.exec('nft', 'get', 'element', 'inet', 'weft-gate', 'granted', `{ ${address} }`).then(
          () => true,
          () => false,
        )
      const seen = async (): Promise<boolean[]> => [await granted('10.61.1.2'), await granted('10.61.1.9')]
      const guard = (...gated: Prefix[]): Promise<unknown> => firewall.apply({ ...wanted, gated })
      await guard(subnet, inside)
      await firewall.gate.grant([subnet])
      expect(await seen()).to.deep.equal([true, false])
      await firewall.gate.grant([subnet, inside])
      expect(await seen()).to.deep.equal([true, true])
      await firewall.gate.grant([inside])
      expect(await seen()).to.deep.equal([false, true])
      await guard(subnet)
      await firewall.gate.grant([subnet])
      await guard(subnet, inside)
      expect(await seen(), 'one that comes later waits for its grant').to.deep.equal([true, false])
      expect(await firewall.gated()).to.deep.equal([subnet])
      const leaving = (lease: Prefix) => ({ network: parseNetworkName('blue'), subnet: lease })
      await firewall.gate.grant([], [leaving(subnet), leaving(inside)])
      expect(await seen()).to.deep.equal([false, false])
    }))

  it('lets only those leases pass that are granted', () =>
    withGateStage(async (stage) => {
      const { firewall, wanted } = stage
      await open(stage)
      await firewall.gate.grant(wanted.gated.filter((prefix) => prefix.endsWith('/32')))
      expect(await ways(stage)).to.deep.equal({ ...all(false), 'to the floating address': true })
      await firewall.gate.grant([])
      expect(await ways(stage)).to.deep.equal(all(false))
      await firewall.gate.grant(wanted.gated)
      expect(await ways(stage)).to.deep.equal(all(true))
    }))

  it('lets answers back to what left with the host’s own address', () =>
    withGateStage(async (stage) => {
      await open(stage)
      expect(await ping(stage.b1, '192.0.2.2')).to.equal(true)
      await stage.firewall.gate.shut()
      expect(await ping(stage.b1, '192.0.2.2')).to.equal(false)
    }))

  it('is taken over by the next agent as it is, without a lost packet', () =>
    withGateStage(async (stage) => {
      await open(stage)
      const next = filterOf(stage.h1)
      try {
        const [sent, answered] = await flood(stage.b2, B1, async () => {
          expect((await next.apply(stage.wanted)).changes.filter((line) => line.includes('gate'))).to.deep.equal([])
          await next.gate.arm(1, LONG)
          await next.gate.flip(1)
        })
        expect(answered).to.equal(sent)
      } finally {
        next.close()
      }
    }))

  it('stands ready before there is anything to stop: what comes is let through at once', () =>
    withGateStage(async (stage) => {
      const { firewall, wanted } = stage
      await firewall.apply({ ...wanted, gated: [] })
      expect(wanted.gateReady).to.equal(true)
      await firewall.gate.arm(1, LONG)
      await firewall.gate.flip(1)
      await firewall.gate.grant(wanted.gated)
      await firewall.apply(wanted)
      expect(await ways(stage)).to.deep.equal(all(true))
    }))

  for (const [family, at] of [
    ['ip', { B1, B2, floating: FLOATING }],
    ['ip6', { ...SIX, floating: GATE6.floating }],
  ] as const)
    it(`keeps what comes for a lease that leaves, and sends it on once the next owner’s MAC address is known (${family})`, () =>
      withGateStage(
        async (stage) => {
          const { firewall, wanted, h1, h2, b1, b2 } = stage
          await open(stage)
          expect(await ping(b2, at.B1)).to.equal(true)
          const served = await echoesAt(b1)
          // What comes back to h2 was sent on.
          const count = 'counter name sent_on drop'
          await h2.exec(
            'nft',
            `add table inet t; add counter inet t sent_on; add chain inet t c { type filter hook prerouting priority 0; };
        add rule inet t c iifname weft-blue ${family} daddr { ${at.B1}, ${at.floating} } ${count}`,
          )
          const sentOn = async (): Promise<number> =>
            Number(/packets (\d+)/.exec(await h2.exec('nft', 'list', 'counter', 'inet', 't', 'sent_on'))?.[1])
          const leases = wanted.gated.map((subnet) => ({ network: BLUE.name, subnet }))
          await firewall.gate.grant([], leases)
          expect(await ping(b2, at.B1)).to.equal(false)
          expect(await ping(b2, at.floating)).to.equal(false)
          expect(await sentOn()).to.equal(0)
          const [device] = await h2.ipJson('link', 'show', 'weft-blue')
          for (const subnet of wanted.gated)
            await h1.ip(
              'neigh',
              'replace',
              waitingAddress(subnet),
              'lladdr',
              String(device?.['address']),
              'dev',
              'weft-blue',
              'nud',
              'permanent',
            )
          await eventually(async () => (await sentOn()) === 2 * BURST)
          expect(await echoesAt(b1)).to.equal(served)
          // What the endpoint that was left behind sends ends at the gate.
          expect(await ping(b1, at.B2)).to.equal(false)
          await firewall.gate.grant([])
          expect(await ping(b2, at.B1)).to.equal(false)
          expect(await sentOn()).to.equal(2 * BURST)
          expect(await h1.exec('nft', 'list', 'tables')).not.to.include('weft-leaving')
        },
        family === 'ip' ? undefined : GATE6,
      ))

  it('shuts what leaves also where nothing can be kept, and its table goes with the gate', () =>
    withGateStage(async (stage) => {
      const { firewall, wanted, h1, b2 } = stage
      await open(stage)
      await firewall.gate.grant([], [{ network: parseNetworkName('absent'), subnet: parsePrefix('10.61.1.0/24') }])
      expect(await ping(b2, B1)).to.equal(false)
      await firewall.gate.grant(wanted.gated, [{ network: BLUE.name, subnet: parsePrefix('10.61.2.77/32') }])
      expect(await h1.exec('nft', 'list', 'tables')).to.include('weft-leaving')
      await firewall.cleanup()
      expect(await h1.exec('nft', 'list', 'tables')).not.to.include('weft')
    }))

  it('tells the next agent what it stops', () =>
    withGateStage(async ({ firewall, wanted, h1 }) => {
      const next = filterOf(h1)
      try {
        expect(await next.gated()).to.deep.equal([])
        await firewall.apply(wanted)
        expect((await next.gated()).toSorted()).to.deep.equal(['10.61.1.0/24', `${FLOATING}/32`])
        await h1.exec('nft', 'add element inet weft-gate gated { 10.99.0.1-10.99.0.6 }')
        expect(await next.gated()).to.have.length(2)
      } finally {
        next.close()
      }
    }))

  it('is mended in place when somebody changes it, and leaves what others made', () =>
    withGateStage(async (stage) => {
      const { firewall, wanted, h1 } = stage
      await h1.exec('nft', 'add table inet other; add chain inet other c; add rule inet other c counter')
      await h1.ip('rule', 'add', 'pref', '88', 'to', '198.51.100.0/24', 'lookup', '100')
      await open(stage)
      await h1.exec('nft', 'flush chain inet weft-gate decide; add element inet weft-gate gated { 10.99.0.0/16 }')
      firewall.distrust()
      expect(await firewall.inspect(wanted)).to.include('table inet weft-gate: to be written')
      const { changes } = await firewall.apply(wanted)
      expect(changes).to.include.members(['table inet weft-gate: written', 'set gated: -10.99.0.0/16'])
      expect(await ways(stage)).to.deep.equal(all(true))
      expect(await firewall.inspect(wanted)).to.deep.equal([])
      expect((await firewall.apply({ ...wanted, gated: [], gateReady: false })).changes).to.include('table inet weft-gate: removed')
      expect(await h1.exec('nft', 'list', 'tables'))
        .to.include('inet other')
        .and.not.include('weft-gate')
      expect(await h1.exec('ip', 'rule', 'show')).to.include('198.51.100.0/24')
    }))

  it('finds out what the kernel can do, and leaves nothing of it', () =>
    withGateStage(async ({ firewall, h1 }) => {
      await firewall.gate.probe()
      expect(await h1.exec('nft', 'list', 'ruleset')).to.equal('')
    }))
})
