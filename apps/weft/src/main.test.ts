import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { VERSION } from '#core'
import { STATUS, PING, EVENTS, ANSWERS } from './testkit/answers.js'

const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url))

interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** What the agent was asked: `METHOD PATH BODY`. */
type Asked = string

describe('weft', function () {
  this.timeout(60_000)
  let directory: string
  let socket: string
  let agent: Server
  let asked: Asked[]
  /** Sent instead of the answers above, with this status. */
  let instead: { readonly status: number; readonly body: unknown } | undefined

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'weft-cli-'))
    socket = join(directory, 'weft.sock')
    asked = []
    instead = undefined
    agent = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (text) => (body += String(text)))
      request.on('end', () => {
        asked.push(`${request.method} ${request.url}${body === '' ? '' : ` ${body}`}`)
        const answer = ANSWERS[`${request.method} ${request.url?.split('?')[0]}`]
        response.writeHead(instead?.status ?? 200).end(JSON.stringify(instead ? instead.body : answer))
      })
    })
    await new Promise<void>((resolve) => agent.listen(socket, resolve))
  })
  afterEach(async () => {
    agent.closeAllConnections()
    await new Promise((resolve) => agent.close(resolve))
    rmSync(directory, { recursive: true })
  })

  /** Runs the program as at a terminal that has every colour. */
  function weft(...args: string[]): Promise<Outcome> {
    return run(['--socket', socket, ...args], {})
  }
  function run(args: readonly string[], environment: Record<string, string>): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [PROGRAM, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, FORCE_COLOR: '3', CLICOLOR_FORCE: '1', TERM: 'xterm-256color', ...environment },
        timeout: 30_000,
      })
      let [out, err] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (text) => (out += String(text)))
      child.stderr.setEncoding('utf8').on('data', (text) => (err += String(text)))
      child.on('error', reject).on('close', (code) => resolve({ code, out, err }))
    })
  }

  it('keyring generate prints a new key each time and asks nobody', async () => {
    const [one, other] = await Promise.all([weft('keyring', 'generate'), weft('keyring', 'generate')])
    expect(one.out).to.match(/^[A-Za-z0-9+/]{43}=\n$/)
    expect(other.out).to.not.equal(one.out)
    expect(asked).to.deep.equal([])
  })

  it('ping shows every way and what it means, and fails when one does not answer', async () => {
    const { code, out } = await weft('ping', 'h2')
    expect(out).to.equal(`h2 is alive
WAY              ADDRESS         ANSWERED  RTT     ERROR
kernel, overlay  10.61.0.2       3 of 3    0.4 ms
agent, UDP       192.0.2.2:7946  0 of 3    -       no answer
look there
`)
    expect(code).to.equal(1)
    instead = { status: 200, body: { ...PING, ok: true } }
    const good = await weft('-o', 'json', 'ping', 'h2')
    expect(JSON.parse(good.out)).to.deep.equal({ ...PING, ok: true })
    expect(good.code).to.equal(0)
  })

  const commands: readonly (readonly [args: string, asks: Asked, table: string])[] = [
    [
      'hosts',
      'GET /v1/hosts',
      `HOST  STATE      FOR    WHY             RTT     LOSS  UNDERLAY   SUBNETS       ENDPOINTS  SESSION     VERSION
h1 *  this host  -      -               -       -     192.0.2.1  10.61.1.0/24  3          connected   0.1.0
h2    dead       2.3 s  kernels-silent  0.3 ms  25 %  192.0.2.2  -             0          no-session  0.1.0
`,
    ],
    [
      'leases',
      'GET /v1/leases',
      `NETWORK  SUBNET        HOST  EPOCH  STATE  SINCE                     FAILOVER   ADOPTED FROM  WITNESSES  PROOF    GATE
blue     10.61.1.0/24  h1    12     held   2026-01-01T00:00:00.000Z  exclusive  -             h2,h3      3700 ms  open
blue     10.61.2.0/24  h3    13     held   2026-01-01T00:00:00.000Z  adopt      h2            -          -        -
`,
    ],
    [
      'network ls',
      'GET /v1/networks',
      `NETWORK  POOL          SUBNETS  MODE  VNI   PORT  MTU   FAILOVER  DIRECT  SHORTCUT  LEASED
blue     10.61.0.0/16  /24      l3    7001  4789  auto  adopt     off     auto      2 of 255
`,
    ],
    [
      'paths',
      'GET /v1/paths',
      `HOST  STATE  WAY      ADDRESS    RTT      LOSS OUT  LOSS IN  MTU OUT  MTU IN  MEASURED
h2    alive  overlay  10.61.0.2  0.12 ms  -         -        -        -       not yet

HOST  NETWORK  REACHED BY  FOR  WHY NOT DIRECT
h2    blue     direct      5 s  -
h2    red      vxlan       -    it is not on this host’s link
`,
    ],
    [
      'network set blue --direct auto',
      'PATCH /v1/networks/blue {"direct":"auto"}',
      `NETWORK  POOL          SUBNETS  MODE  VNI   PORT  MTU   FAILOVER  DIRECT  SHORTCUT  LEASED
blue     10.61.0.0/16  /24      l3    7001  4789  auto  adopt     auto    auto      2 of 255
`,
    ],
    [
      'network set blue --shortcut auto',
      'PATCH /v1/networks/blue {"shortcut":"auto"}',
      `NETWORK  POOL          SUBNETS  MODE  VNI   PORT  MTU   FAILOVER  DIRECT  SHORTCUT  LEASED
blue     10.61.0.0/16  /24      l3    7001  4789  auto  adopt     auto    auto      2 of 255
`,
    ],
    [
      'network create blue --pool 10.61.0.0/16',
      'POST /v1/networks {"name":"blue","pool":"10.61.0.0/16"}',
      'network blue created: pool 10.61.0.0/16, /24 for each host, VNI 7001\n',
    ],
    [
      'network create blue --pool 10.61.0.0/16 --subnet-size 26 --mode l3 --vni 9 --port 8472 --mtu 1300 --failover hold',
      'POST /v1/networks {"name":"blue","pool":"10.61.0.0/16","subnetSize":26,"mode":"l3","vni":9,"port":8472,"mtu":1300,"failover":"hold"}',
      'network blue created: pool 10.61.0.0/16, /24 for each host, VNI 7001\n',
    ],
    [
      'keyring status',
      'GET /v1/keyring',
      `HOST  SEALS WITH  OPENS
h1 *  aabbccdd    aabbccdd plain
h2    unknown     unknown
keys of this host: /var/lib/weft/gossip.keys
`,
    ],
    ['keyring add KEY', 'POST /v1/keyring {"key":"KEY"}', 'key aabbccdd added; once every host has it: weft keyring use aabbccdd\n'],
    ['keyring use aabbccdd', 'POST /v1/keyring/aabbccdd/use', 'sealing with key aabbccdd\n'],
    ['keyring use aabbccdd --force', 'POST /v1/keyring/aabbccdd/use?force=true', 'sealing with key aabbccdd\n'],
    ['keyring remove plain', 'DELETE /v1/keyring/plain', 'key plain removed\n'],
    ['network rm blue', 'DELETE /v1/networks/blue', 'network blue removed\n'],
    ['network rm blue --force', 'DELETE /v1/networks/blue?force=true', 'network blue removed\n'],
    [
      'attach --netns /run/netns/web --network blue',
      'POST /v1/endpoints {"netns":"/run/netns/web","network":"blue"}',
      'web attached to blue: 10.61.1.2 on eth0 in /run/netns/web\n',
    ],
    [
      'attach --netns 4711 --network blue --name web --address 10.61.1.2 --interface eth7 --no-default-route',
      'POST /v1/endpoints {"netns":"4711","network":"blue","name":"web","address":"10.61.1.2","interface":"eth7","defaultRoute":false}',
      'web attached to blue: 10.61.1.2 on eth0 in /run/netns/web\n',
    ],
    ['detach web', 'DELETE /v1/endpoints/web', 'web (10.61.1.2) detached\n'],
    ['detach web --network blue', 'DELETE /v1/endpoints/web?network=blue', 'web (10.61.1.2) detached\n'],
    [
      'endpoints',
      'GET /v1/endpoints',
      `NETWORK  NAME  ADDRESS    HOST  KIND    MAC                NETNS           PUBLISHED
blue     web   10.61.1.2  h1    attach  02:00:00:00:00:02  /run/netns/web  not yet
`,
    ],
    ['plan', 'GET /v1/plan', '+ link weft-blue\n1 to create\n'],
    [
      'plan --all',
      'GET /v1/plan',
      '+ link weft-blue\n1 to create\n\nall that Weft wants in this kernel:\n  link weft-blue\n  addr 10.61.0.1/32 dev weft-blue\n',
    ],
    ['host takeover', 'POST /v1/host/takeover', "this host is 'h1' now\n"],
    ['host forget h9', 'DELETE /v1/hosts/h9', 'host h9 forgotten\n'],
    [
      'lease history 10.61.1.0/24 --network blue',
      'GET /v1/leases/history?subnet=10.61.1.0%2F24&network=blue',
      'SINCE  HOST  EPOCH  STATE  ADOPTED FROM  REVISION\nlater  h3    13     held   h1            21\nthen   h1    12     held   -             20\nwhat was before, etcd no longer knows\n',
    ],
    ['lease move 10.61.1.0/24 h3', 'POST /v1/leases/move {"subnet":"10.61.1.0/24","host":"h3"}', '10.61.1.0/24 is with host h3 now\n'],
    [
      'address add 10.61.9.9 --network blue --on h1,h2 --prefer h1 --check tcp:443 --failover exclusive',
      'POST /v1/addresses {"address":"10.61.9.9","network":"blue","on":["h1","h2"],"prefer":"h1","check":"tcp:443","failover":"exclusive"}',
      'ADDRESS    NETWORK  HOST  EPOCH  FAILOVER   ON     PREFERRED  CHECK\n10.61.9.9  blue     h1    5      exclusive  h1,h2  h1         tcp:443 passing\n',
    ],
    [
      'address ls',
      'GET /v1/addresses',
      'ADDRESS     NETWORK  HOST  EPOCH  FAILOVER  ON   PREFERRED  CHECK\n10.61.9.10  blue     h2    6      adopt     any  -          -\n',
    ],
    ['address rm 10.61.9.9 --network blue', 'DELETE /v1/addresses/10.61.9.9?network=blue', 'floating address 10.61.9.9 removed\n'],
    ['drain h9', 'POST /v1/hosts/h9/drain', 'host h9 is drained; these have not moved yet: 10.61.1.0/24 (blue)\n'],
    ['undrain h9', 'DELETE /v1/hosts/h9/drain', 'host h9 takes leases again\n'],
    ['host fence h9 --powered-off', 'POST /v1/hosts/h9/fence', 'host h9 is fenced: it has no lease that moves\n'],
    ['store accept-restore', 'POST /v1/store/accept-restore', 'accepted: revision-regress\n'],
    ['events', 'GET /v1/events', '2026-01-01T00:00:00.000Z info  host registered host=h1 tries=2\n'],
    ['events --after 4', 'GET /v1/events?after=4', '2026-01-01T00:00:00.000Z info  host registered host=h1 tries=2\n'],
    ['events --ownership', 'GET /v1/ownership', '2026-01-01T00:00:00.000Z host-dead peer=h2\n'],
  ]
  for (const [line, asks, text] of commands) {
    it(line, async () => {
      const [plain, json] = await Promise.all([weft(...line.split(' ')), weft('-o', 'json', ...line.split(' '))])
      expect(plain).to.deep.equal({ code: 0, out: text, err: '' })
      expect(json.code).to.equal(0)
      expect(JSON.parse(json.out)).to.deep.equal(ANSWERS[asks.split(/[? ]/, 2).join(' ')])
      expect(asked).to.deep.equal([asks, asks])
    })
  }

  it('subnet-env', async () => {
    const { code, out, err } = await weft('subnet-env', 'blue')
    expect([code, err]).to.deep.equal([0, ''])
    expect(out).to.match(/^FLANNEL_NETWORK=\S+\nFLANNEL_SUBNET=10\.61\.1\.1\/24\n/)
    expect(asked.toSorted()).to.deep.equal(['GET /v1/leases', 'GET /v1/networks', 'GET /v1/status'])
  })

  it('status', async () => {
    const { code, out, err } = await weft('status')
    expect([code, err]).to.deep.equal([0, ''])
    expect(out).to.equal(`host       h1, weftd 0.1.0, pid 4711, since 2026-01-01T00:00:00.000Z
underlay   192.0.2.1 on eth0, MTU 1500
store      unreachable, revision 42, last heard 61.2 s ago, out for 60.0 s (deadline exceeded), working from the copy on disk of 2026-01-01T00:00:30.000Z
           http://192.0.2.9:2379 unhealthy: ECONNREFUSED
           http://192.0.2.8:2379 not tried
           ALARM no-space
kernel     failing, 12 objects, 7 passes, last change none

NETWORK  STATE   SUBNET        VTEP       DEVICE     MTU   PEERS        ENDPOINTS
blue     ready   10.61.1.0/24  10.61.0.1  weft-blue  1450  2, 1 direct  3
red      failed  -             -          weft-red   1450  0            0

not taken of peers without VXLAN
  blue: somebody else filters

problems
  WEFT_POOL_EXHAUSTED pool: no free subnet
    hint: make a larger network
  WEFT_NETLINK link weft-red: RTM_NEWLINK: EPERM
  WEFT_STORE_VALUE /weft/v1/networks/x/config: is no JSON: \uFFFD[31mred\uFFFD
`)
    expect(JSON.parse((await weft('-o', 'json', 'status')).out)).to.deep.equal(STATUS)
  })

  it('says so in a sentence when there is nothing', async () => {
    instead = { status: 200, body: [] }
    const empty = await Promise.all(['hosts', 'leases', 'endpoints', 'events', 'network ls'].map((line) => weft(...line.split(' '))))
    expect(empty.map(({ out }) => out)).to.deep.equal([
      'no host is registered\n',
      'no subnet is leased\n',
      'nothing is attached: `weft attach --netns PATH --network NAME`\n',
      'nothing happened yet\n',
      'no network yet: `weft network create NAME --pool CIDR`\n',
    ])
    expect(await weft('-o', 'json', 'leases')).to.deep.equal({ code: 0, out: '[]\n', err: '' })
  })

  it('puts names into paths safely', async () => {
    instead = { status: 404, body: { error: { code: 'WEFT_ENDPOINT_UNKNOWN', message: 'none' } } }
    await weft('detach', '../networks/blue?force=true')
    await weft('network', 'rm', 'a/b c')
    expect(asked).to.deep.equal(['DELETE /v1/endpoints/..%2Fnetworks%2Fblue%3Fforce%3Dtrue', 'DELETE /v1/networks/a%2Fb%20c'])
  })

  describe('exits', () => {
    const failure = { error: { code: 'WEFT_NETWORK_EXISTS', message: 'there is one', field: 'name', hint: 'take another' } }

    it('with 1 when the agent refuses, and says why', async () => {
      instead = { status: 409, body: failure }
      expect(await weft('network', 'create', 'blue', '--pool', '10.61.0.0/16')).to.deep.equal({
        code: 1,
        out: '',
        err: 'weft: there is one [WEFT_NETWORK_EXISTS]\n  field: name\n  hint: take another\n',
      })
      const json = await weft('-o', 'json', 'network', 'create', 'blue', '--pool', '10.61.0.0/16')
      expect([json.code, json.out, JSON.parse(json.err)]).to.deep.equal([1, '', failure])
    })

    it('with 1 and no stack when the answer is not what it should be', async () => {
      instead = { status: 200, body: null }
      const { code, out, err } = await weft('hosts')
      expect([code, out]).to.deep.equal([1, ''])
      expect(err).to.match(/^weft: .* \[WEFT_INTERNAL\]\n$/)
    })

    const wrong: readonly (readonly [line: string, message: string])[] = [
      ['', 'Usage: weft'],
      ['network', 'Usage: weft network'],
      ['staus', "weft: unknown command 'staus' [WEFT_USAGE]\n  hint: did you mean status?"],
      ['status --bad', "weft: unknown option '--bad' [WEFT_USAGE]"],
      ['-o xml status', "weft: option '-o, --output <format>' argument 'xml' is invalid."],
      ['--timeout soon status', "weft: option '--timeout <ms>' argument 'soon' is invalid."],
      ['network create --pool 10.61.0.0/16', "weft: missing required argument 'name' [WEFT_USAGE]"],
      ['network create blue', "weft: required option '--pool <cidr>' not specified [WEFT_USAGE]"],
      ['network create blue --pool 10.61.0.0/16 --vni x', "weft: option '--vni <number>' argument 'x' is invalid."],
      ['attach --network blue', "weft: required option '--netns <path|pid>' not specified [WEFT_USAGE]"],
      ['detach', "weft: missing required argument 'endpoint' [WEFT_USAGE]"],
      ['detach a b', "weft: too many arguments for 'detach'."],
    ]
    for (const [line, message] of wrong) {
      it(`with 2 for \`weft ${line}\`, and asks nobody`, async () => {
        const { code, out, err } = await weft(...line.split(' ').filter(Boolean))
        expect([code, out, err.slice(0, message.length)]).to.deep.equal([2, '', message])
        expect(asked).to.deep.equal([])
      })
    }

    it('with 2 and JSON for wrong usage with -o json', async () => {
      const { code, err } = await weft('-o', 'json', 'network', 'create', 'blue')
      const { error } = JSON.parse(err) as { error: object }
      expect(code).to.equal(2)
      expect(error).to.include({ code: 'WEFT_USAGE', message: "required option '--pool <cidr>' not specified" })
    })

    it('with 3 when there is no agent', async () => {
      const { code, out, err } = await run(['--socket', join(directory, 'none.sock'), 'status'], {})
      expect([code, out]).to.deep.equal([3, ''])
      expect(err).to.match(/^weft: no agent at .*none\.sock: .*ENOENT.* \[WEFT_API_UNREACHABLE\]\n {2}hint: is weftd running\?/)
    })

    it('with 3 when the agent does not answer in time', async () => {
      agent.removeAllListeners('request')
      const { code, err } = await weft('--timeout', '300', 'status')
      expect(code).to.equal(3)
      expect(err).to.include('no answer within 300 ms')
    })

    it('with 0 for help and version', async () => {
      for (const args of [['--help'], ['help', 'attach'], ['network', 'create', '--help']]) {
        const { code, out, err } = await weft(...args)
        expect([code, err, out.startsWith('Usage: weft')]).to.deep.equal([0, '', true])
      }
      expect(await weft('--version')).to.deep.equal({ code: 0, out: `${VERSION}\n`, err: '' })
    })

    it('quietly when its reader has seen enough', async () => {
      const many = Array.from({ length: 20_000 }, (_, index) => ({ ...EVENTS[0], sequence: index }))
      instead = { status: 200, body: many }
      const child = spawn(process.execPath, [PROGRAM, '--socket', socket, 'events'], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 })
      let err = ''
      child.stderr.setEncoding('utf8').on('data', (text) => (err += String(text)))
      child.stdout.once('data', () => child.stdout.destroy())
      const code = await new Promise((resolve) => child.on('close', resolve))
      expect([code, err]).to.deep.equal([0, ''])
    })
  })

  it('follows what happens, and says when the agent has ended', async () => {
    agent.removeAllListeners('request').on('request', (_, response: ServerResponse) => {
      response.writeHead(200).write(`${JSON.stringify(EVENTS[0])}\n`)
      setImmediate(() => response.end(`${JSON.stringify({ ...EVENTS[0], message: 'host \u001bleft' })}\n`))
    })
    const { code, out, err } = await weft('events', '--follow')
    const lines = ['host registered', 'host \uFFFDleft'].map((message) => `2026-01-01T00:00:00.000Z info  ${message} host=h1 tries=2\n`)
    expect([code, out]).to.deep.equal([3, lines.join('')])
    expect(err).to.include('the agent has ended [WEFT_API_UNREACHABLE]')
    expect((await weft('-o', 'json', 'events', '-f')).out.split('\n')).to.have.length(3)
  })

  it('finds the socket in WEFT_SOCKET, and a flag wins', async () => {
    expect((await run(['network', 'ls'], { WEFT_SOCKET: socket })).code).to.equal(0)
    expect((await run(['--socket', socket, 'network', 'ls'], { WEFT_SOCKET: '/nowhere' })).code).to.equal(0)
    expect(asked).to.have.length(2)
  })

  it('never colours, not even when asked to', async () => {
    for (const args of [['hosts'], ['status'], ['plan', '--all'], ['events'], ['bad']]) {
      const { out, err } = await weft(...args)
      expect(out + err).to.not.include('\u001b')
    }
  })
})
