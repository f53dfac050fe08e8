import { expect } from 'chai'
import { it } from 'mocha'
import type { PlanView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { reaches } from '../lab/traffic.js'
import { story } from './story.js'

const BLUE = { name: 'blue', pool: '10.61.0.0/16' }

/** What the lab gave the host, not Weft: whoever flushes it has to put it back. */
const OWN_ROUTES = 'ip route replace 198.18.0.0/16 dev eth0 proto kernel scope link src 198.18.1.1; ip route replace default via 198.18.0.1'

const EACH_ROUTE = 'ip route show proto 87 | while set -f && read -r route && set -- $route;'

const ANEW = 'ip link add weft-blue type vxlan id 9999 dstport 4789 local 198.18.1.1'

/*
 *    h1/c1                                          h2/c1
 *      |                                              |
 *     h1  <- somebody changes the kernel by hand     h2
 *   ===+================== underlay ==================+=== etcd1
 */
story('dataplane: what is changed by hand is put right @alone', { hosts: 2, network: BLUE, containers: 1 }, (stage) => {
  const host = (): LabHost => stage.lab.host('h1')

  /**
   * Shell commands in h1's namespace. $PORT is the host's end of the container's veth pair, $OWN the host's
   * own subnet, $PEER that of h2; $VTEP, $MAC and $NH are h2's VTEP address, its VTEP MAC, and the id of its next hop; $UNDERLAY is h2's
   * underlay address.
   */
  const damages: readonly [what: string, command: string][] = [
    // Routes
    ['a route to a peer deleted', 'ip route del $PEER'],
    ['a route to a peer sent elsewhere', 'ip route replace $PEER via 198.18.0.1 proto 87'],
    ['the pool’s unreachable route deleted', 'ip route del unreachable 10.61.0.0/16 metric 4278198272'],
    ['all routes of Weft deleted', `ip route del unreachable 10.61.0.0/16; ${EACH_ROUTE} do ip route del $1; done`],
    ['the connected route of the bridge deleted', 'ip route del $OWN dev wbr-blue'],
    // ip-route(8) stops at the first route by a next-hop object, wherever that is in the table: iproute2 sends what the kernel refuses.
    ['all routes flushed, the host’s own put back', `ip route del $PEER; ip route flush table main || true; ${OWN_ROUTES}`],
    // Next hops
    ['a next hop deleted', 'ip nexthop del id $NH'],
    ['a next hop with another gateway', 'ip nexthop replace id $NH via 10.61.0.250 dev weft-blue onlink proto 87'],
    ['a next hop that is a blackhole', 'ip nexthop replace id $NH blackhole proto 87'],
    ['all next hops flushed', 'ip nexthop flush'],
    // Neighbours
    ['a neighbour deleted', 'ip neighbour del $VTEP dev weft-blue'],
    ['a neighbour with another MAC', 'ip neighbour replace $VTEP lladdr 02:00:00:00:00:99 dev weft-blue nud permanent'],
    ['a neighbour that is not permanent', 'ip neighbour replace $VTEP lladdr $MAC dev weft-blue nud stale'],
    ['all neighbours flushed', 'ip neighbour flush dev weft-blue nud permanent'],
    // FDB
    ['an FDB entry deleted', 'bridge fdb del $MAC dev weft-blue dst $UNDERLAY'],
    ['an FDB entry to another host', 'bridge fdb replace $MAC dev weft-blue dst 198.18.0.99'],
    ['an FDB entry too many', 'bridge fdb add 02:00:00:00:00:99 dev weft-blue dst 198.18.0.99'],
    // Addresses and settings
    ['the VTEP address taken away', 'ip address flush dev weft-blue'],
    ['the gateway address taken away', 'ip address flush dev wbr-blue'],
    ['a gateway address too many', 'ip address add 10.61.254.1/24 dev wbr-blue'],
    ['the reverse path filter switched on', 'sysctl -qw net.ipv4.conf.weft-blue.rp_filter=1'],
    ['forwarding switched off', 'sysctl -qw net.ipv4.ip_forward=0'],
    // The VXLAN device
    ['the VXLAN device deleted', 'ip link del weft-blue'],
    ['the VXLAN device set down', 'ip link set weft-blue down'],
    ['the VXLAN device renamed', 'ip link set weft-blue down; ip link set weft-blue name mine'],
    ['the VXLAN device with another MAC', 'ip link set weft-blue address 02:00:00:00:00:98'],
    ['the VXLAN device with another MTU', 'ip link set weft-blue mtu 1000'],
    ['the VXLAN device bound to another address', 'ip link set weft-blue type vxlan id $VNI local 198.18.0.99'],
    ['the VXLAN device made anew with another VNI', `ip link del weft-blue; ${ANEW}; ip link set weft-blue alias weft:blue`],
    // The bridge and its ports
    ['the bridge deleted', 'ip link del wbr-blue'],
    ['the bridge set down', 'ip link set wbr-blue down'],
    ['the bridge renamed', 'ip link set wbr-blue down; ip link set wbr-blue name mine'],
    ['the bridge with another MAC', 'ip link set wbr-blue address 02:00:00:00:00:97'],
    ['the bridge with another MTU', 'ip link set wbr-blue mtu 1000'],
    ['the bridge emptied', 'ip link set $PORT nomaster'],
    ['a port set down', 'ip link set $PORT down'],
    ['a port with another MTU', 'ip link set $PORT mtu 1000'],
    ['a port renamed', 'ip link set $PORT down; ip link set $PORT name mine'],
    ['a port deleted', 'ip link del $PORT'],
    // The packet filter
    ['all rules flushed', 'nft flush ruleset'],
    ['the filter’s table deleted', 'nft delete table inet weft'],
    ['a chain emptied', 'nft flush chain inet weft peers-blue'],
    ['a rule too many', 'nft insert rule inet weft forward drop'],
    ['a set emptied', 'nft flush set inet weft leases-blue'],
    ['an element too many', 'nft add element inet weft leases-blue { 198.18.0.99 . 0xa3d0200 }'],
  ]

  for (const [what, command] of damages) {
    it(`${what}: all is as it was before`, async () => {
      const before = await picture(host())
      // While the agent stands still the damage is there for certain, and all of it.
      host().freezeAgent()
      try {
        await host().exec(['sh', '-ec', `${await variables(host())}; ${command}`])
        expect(await picture(host()), 'damaged').not.to.equal(before)
      } finally {
        host().thawAgent()
      }
      await backTo(host(), before)
      await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
    })
  }

  it('everything at once, again and again while the agent repairs it', async () => {
    const before = await picture(host())
    const blow = 'ip route flush proto 87; ip nexthop flush; nft flush ruleset; ip neighbour flush dev weft-blue nud permanent'
    await host().exec(['sh', '-c', `for i in 1 2 3 4 5 6 7 8; do ${blow}; ip link del weft-blue; sleep 0.1; done 2>/dev/null; true`])
    await backTo(host(), before)
    await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
  })

  it('its underlay link flaps, by cable and by hand', async () => {
    const before = await picture(host())
    for (let time = 0; time < 3; time++) {
      await host().unplug()
      await host().plugIn()
    }
    await host().exec(['sh', '-ec', `ip link set eth0 down; ip link set eth0 up; ${OWN_ROUTES}`])
    await backTo(host(), before)
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
  })

  it('the plan is empty, and events tell what was repaired', async () => {
    const plan = await host().weftJson<PlanView>(['plan'])
    expect(plan).to.deep.include({ steps: [], obstacles: [], filter: [] })
    expect((await host().weft(['events'])).stdout).to.match(/kernel state changed/)
  })

  it('what is not Weft’s is left alone all the while', async () => {
    const own = [
      'ip link add mine type bridge',
      'ip link set mine up',
      'ip address add 203.0.113.1/25 dev mine',
      'ip route add 203.0.113.128/25 dev mine proto static',
      'ip nexthop add id 7 dev mine',
      'ip route add 192.0.2.0/24 nhid 7',
      'ip neighbour add 203.0.113.2 lladdr 02:00:00:00:00:01 dev mine nud permanent',
      'ip rule add from 203.0.113.0/24 lookup 100',
      'nft add table inet mine',
      'nft add chain inet mine c',
      'nft add rule inet mine c counter',
    ]
    const show =
      'ip -br link show mine; ip route show dev mine; ip nexthop show id 7; ip neighbour show dev mine; ip rule; nft list table inet mine'
    await host().exec(['sh', '-ec', own.join('; ')])
    const before = (await host().exec(['sh', '-ec', show])).stdout
    await host().exec(['sh', '-ec', 'ip link del weft-blue; nft delete table inet weft; ip link del wbr-blue'])
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
    await host().stopAgent()
    await host().startAgent()
    await stage.lab.networkReady('blue')
    expect((await host().exec(['sh', '-ec', show])).stdout).to.equal(before)
    await host().exec(['sh', '-ec', 'ip rule del lookup 100; ip link del mine; nft delete table inet mine'])
  })

  it('a route of somebody else in the way is named, not replaced; without it Weft’s comes by itself', async () => {
    const before = await picture(host())
    await host().exec(['sh', '-ec', `${await variables(host())}; ip route replace $PEER via 198.18.0.1 proto static`])
    await waitFor('the obstacle to be named', async () => {
      const { reconcile } = await host().status()
      const { obstacles } = await host().weftJson<PlanView>(['plan'])
      expect(reconcile.state).to.equal('failing')
      expect(obstacles.map(({ reason }) => reason).join()).to.match(/via 198\.18\.0\.1 dev eth0 \(protocol static\)/)
      return true
    })
    await host().exec(['sh', '-ec', 'ip route del $(ip route show proto static | grep 10.61. | cut -d " " -f 1) proto static'])
    await backTo(host(), before)
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
  })

  it('iptables drops what is forwarded: the overlay’s packets are accepted all the same', async () => {
    await host().exec(['iptables', '-P', 'FORWARD', 'DROP'])
    await waitFor('Weft’s acceptance', async () => (await host().exec(['iptables', '-S', 'FORWARD'])).stdout.includes('WEFT-FORWARD'))
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
    await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
    await host().exec(['iptables', '-F', 'FORWARD'])
    await waitFor('Weft’s acceptance again', async () => (await host().exec(['iptables', '-S', 'FORWARD'])).stdout.includes('WEFT-FORWARD'))
    await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
    await host().exec(['iptables', '-P', 'FORWARD', 'ACCEPT'])
  })
})

/** Assignments for the shell, read from the kernel while it is as it should be. */
async function variables(host: LabHost): Promise<string> {
  const script = [
    'PORT=$(ip -br link show master wbr-blue | cut -d @ -f 1)',
    'PEER=$(ip route show proto 87 | grep nhid | grep /24 | cut -d " " -f 1)',
    'OWN=$(ip route show dev wbr-blue proto kernel | cut -d " " -f 1)',
    'set -- $(ip neighbour show dev weft-blue nud permanent)',
    'VTEP=$1 MAC=$3',
    'NH=$(ip nexthop show proto 87 | cut -d " " -f 2)',
    'UNDERLAY=$(bridge fdb show dev weft-blue | sed -n "s/.* dst \\([^ ]*\\) .*/\\1/p")',
    'VNI=$(ip -d link show weft-blue | sed -n "s/.* vxlan id \\([0-9]*\\) .*/\\1/p")',
    'echo "PORT=$PORT OWN=$OWN PEER=$PEER VTEP=$VTEP MAC=$MAC NH=$NH UNDERLAY=$UNDERLAY VNI=$VNI"',
  ]
  const { stdout } = await host.exec(['sh', '-ec', script.join('; ')])
  expect(stdout, 'one of each').to.match(/^(\w+=[\w.:/-]+ ?){8}\n$/)
  return stdout.trim()
}

/** Everything of Weft's in a host's kernel, as text that says the same as long as the state is the same: without indexes and counters. */
async function picture(host: LabHost): Promise<string> {
  const script = [
    'ip -o link show type vxlan',
    'ip -o link show type bridge',
    // The MAC address of a port's near end is of no account: the kernel picks one.
    'ip -o link show type veth | sed "s/ether [^ ]*//"',
    'ip -d link show weft-blue | grep -o "vxlan id.* local [^ ]*"',
    'ip -o -4 address show dev weft-blue',
    'ip -o -4 address show dev wbr-blue',
    'ip route | sort',
    'ip nexthop show proto 87',
    'ip neighbour show dev weft-blue nud permanent | sort',
    'bridge fdb show dev weft-blue | sort',
    'sysctl net.ipv4.ip_forward net.ipv4.conf.weft-blue.rp_filter',
    'nft -s list table inet weft',
  ]
  const { stdout, stderr } = await host.exec(['sh', '-c', script.join('; ')], { check: false })
  // The number of a next hop that somebody has taken over is not used again.
  return (stdout + stderr).replace(/^\d+: |@if\d+|link-netnsid \d+|(?<=^id |nhid )\d+/gm, '')
}

/** Waits until the host's kernel is as it was, and tells which lines are not. */
async function backTo(host: LabHost, before: string): Promise<void> {
  await waitFor(`the repair on ${host.name}`, async () => {
    const now = await picture(host)
    const lines = (text: string, without: string): string[] => text.split('\n').filter((line) => !without.split('\n').includes(line))
    if (now !== before) throw new Error(`missing:\n${lines(before, now).join('\n')}\ntoo many:\n${lines(now, before).join('\n')}`)
    return true
  })
}
