/**
 * The shape of the repository as data (DESIGN.md §3): which part may import which, and for every other pair why not.
 * architecture.test.ts holds the sources against it.
 */
export interface Part {
  /** As others import it (`#core`), or the folder's name for what nobody imports. */
  readonly name: string
  /** Folder of its sources, from the root. */
  readonly folder: string
  /** The pure ring: no operating system, no time, no chance of its own. */
  readonly pure: boolean
  /** Parts that its production sources may import, each with the use it makes of it. */
  readonly imports: Readonly<Record<string, string>>
  /** Parts that its tests and its test kit may use besides, each with what for. */
  readonly tests?: Readonly<Record<string, string>>
  /** Packages that its production sources may import, each with the reason why it is this part that does. */
  readonly packages: Readonly<Record<string, string>>
}

const values = 'values, errors and contracts'

export const PARTS: readonly Part[] = [
  { name: 'core', folder: 'libs/core/src', pure: true, imports: {}, packages: {} },
  { name: 'plan', folder: 'libs/plan/src', pure: true, imports: { core: values }, packages: {} },
  { name: 'lease', folder: 'libs/lease/src', pure: true, imports: { core: values }, packages: {} },
  { name: 'gossip', folder: 'libs/gossip/src', pure: true, imports: { core: values }, packages: {} },
  { name: 'api', folder: 'libs/api/src', pure: false, imports: { core: values }, packages: {} },
  {
    name: 'cni',
    folder: 'libs/cni/src',
    pure: true,
    imports: { core: values },
    packages: { zod: 'configurations are checked as they are read' },
  },
  {
    name: 'wire',
    folder: 'libs/wire/src',
    pure: false,
    imports: { core: values, gossip: 'carries its packets', lease: 'carries its messages about failover', proto: 'the wire format' },
    packages: { protobufjs: 'reads sizes before it decodes' },
  },
  {
    name: 'net',
    folder: 'libs/net/src',
    pure: false,
    imports: { core: values, gossip: 'drives it', lease: 'carries its messages about failover', wire: 'seals what it sends' },
    packages: { 'raw-socket': 'ICMP echoes' },
  },
  {
    name: 'proto',
    folder: 'proto/generated',
    pure: false,
    imports: {},
    packages: { protobufjs: 'generated code needs its run time', long: 'a type that it names' },
  },
  {
    name: 'netlink',
    folder: 'libs/netlink/src',
    pure: false,
    imports: { core: values, plan: 'implements its port Kernel' },
    packages: { netlink: 'netlink sockets', koffi: 'setns, for sockets in other namespaces' },
  },
  {
    name: 'nft',
    folder: 'libs/nft/src',
    pure: false,
    imports: { core: values, plan: 'implements its port Firewall' },
    tests: { netlink: 'hosts with real devices in namespaces, for packets that meet the filter' },
    packages: { koffi: 'libnftables', netlink: 'netfilter’s netlink sockets' },
  },
  {
    name: 'etcd',
    folder: 'libs/etcd/src',
    pure: false,
    imports: { core: values, lease: 'implements its port Store' },
    packages: {
      etcd3: 'unary calls and raw streams',
      '@grpc/grpc-js': 'channel options and status codes',
      zod: 'records are checked as they are read',
    },
  },
  {
    name: 'docker',
    folder: 'libs/docker/src',
    pure: false,
    imports: { core: values },
    packages: { zod: 'what Docker says is checked as it is read' },
  },
  {
    name: 'weftd',
    folder: 'apps/weftd/src',
    pure: false,
    imports: {
      core: values,
      plan: 'reconciles',
      lease: 'acquires subnets',
      netlink: 'wired to the plan',
      nft: 'wired to the plan',
      gossip: 'who is alive',
      wire: 'what gossip looks like',
      net: 'gossip on sockets, kernel echoes',
      etcd: 'wired to the leases',
      api: 'serves it',
      cni: 'answers container runtimes',
      docker: 'is Docker’s network and IPAM driver',
    },
    packages: {
      '@nestjs/common': 'composition',
      '@nestjs/core': 'composition',
      'reflect-metadata': 'which Nest needs',
      yaml: 'the configuration file, with places for errors',
      zod: 'configuration and requests are checked as they are read',
      koffi: 'flock, for the one agent of a run directory',
    },
  },
  {
    name: 'weft',
    folder: 'apps/weft/src',
    pure: false,
    imports: { core: values, api: 'is its client' },
    packages: { commander: 'the command line' },
  },
  { name: 'weft-cni', folder: 'apps/weft-cni/src', pure: false, imports: {}, packages: {} },
  {
    name: 'lab',
    folder: 'e2e/lab',
    pure: false,
    imports: { core: values, api: 'asks the agents it runs' },
    packages: { commander: 'the command line', 'cli-table3': 'tables' },
  },
  {
    name: 'scenarios',
    folder: 'e2e/scenarios',
    pure: false,
    imports: { core: values, api: 'asks agents', lab: 'runs in it' },
    packages: {},
  },
  {
    name: 'sim',
    folder: 'e2e/sim',
    pure: false,
    imports: { core: values, gossip: 'simulates it', wire: 'with the real codec', lease: 'simulates failover' },
    packages: {},
  },
  { name: 'demo', folder: 'e2e/demo', pure: false, imports: { core: values, api: 'asks agents', lab: 'runs in it' }, packages: {} },
  {
    name: 'bench',
    folder: 'e2e/bench',
    pure: false,
    imports: {
      core: values,
      lease: 'measures it',
      plan: 'measures it',
      etcd: 'measures it',
      netlink: 'measures it',
      api: 'asks agents',
      lab: 'runs in it',
    },
    packages: {},
  },
]

/** Why an import that PARTS does not list must not be: the first rule that fits gives the reason. */
export const REASONS: readonly { readonly from: RegExp; readonly to: RegExp; readonly reason: string }[] = [
  { from: /^core$/, to: /./, reason: 'core is what everything stands on: it stands on nothing' },
  {
    from: /./,
    to: /^(weftd|weft|weft-cni|scenarios|sim|demo|bench)$/,
    reason: 'programs are started, not imported: what two of them need belongs into a lib',
  },
  {
    from: /^(core|plan|lease|gossip|api|netlink|nft|etcd|wire|net|docker|proto|weftd|weft|sim)$/,
    to: /^lab$/,
    reason: 'what is tested knows nothing of its tests',
  },
  {
    from: /^(plan|lease|gossip)$/,
    to: /^(plan|lease|gossip)$/,
    reason: 'parts of the ring are put together by weftd and the simulator, through values of core, so that each can be understood alone',
  },
  {
    from: /^(plan|lease|gossip)$/,
    to: /^(netlink|nft|etcd|api|wire|net|docker)$/,
    reason: 'the ring states ports; adapters implement them, not the other way round',
  },
  { from: /^(netlink|nft)$/, to: /^(lease|gossip)$/, reason: 'the kernel adapters program what a plan says, whoever decided it' },
  { from: /^etcd$/, to: /^(plan|gossip)$/, reason: 'the store adapter keeps records, whatever is made of them' },
  { from: /^api$/, to: /^(plan|lease|gossip)$/, reason: 'the contract is stable JSON: it must not change with the inside of the agent' },
  { from: /^cni$/, to: /./, reason: 'the CNI protocol is values alone: what is asked and what is answered' },
  {
    from: /./,
    to: /^cni$/,
    reason: 'the protocol of container runtimes is the business of the agent alone',
  },
  { from: /./, to: /^proto$/, reason: 'the wire format is the business of wire alone' },
  { from: /^proto$/, to: /./, reason: 'generated code stands alone' },
  { from: /^(wire|net)$/, to: /^plan$/, reason: 'they carry what hosts tell each other, which is never a plan' },
  { from: /^(netlink|nft|etcd|api|wire)$/, to: /^(wire|net)$/, reason: 'adapters meet in weftd only, so that each can be replaced' },
  { from: /^docker$/, to: /^(plan|lease|gossip)$/, reason: 'Docker’s protocols are what they are, whatever the agent makes of them' },
  {
    from: /^(netlink|nft|etcd|api|wire|net|docker)$/,
    to: /^(netlink|nft|etcd|api|wire|net|docker)$/,
    reason: 'adapters meet in weftd only, so that each can be replaced',
  },
  { from: /^weft-cni$/, to: /./, reason: 'a runtime waits for it: it reads no more code than it needs' },
  {
    from: /^weft$/,
    to: /^(plan|lease|gossip|netlink|nft|etcd|wire|net|docker)$/,
    reason: 'the command line asks the agent: it starts fast, needs no root and sees what the agent sees',
  },
  { from: /^weftd$/, to: /^(gossip|nft|wire|net)$/, reason: 'not wired yet: the issue that wires it moves this line into the table' },
  {
    from: /^(lab|scenarios|demo|bench)$/,
    to: /^(plan|lease|gossip|netlink|nft|etcd|wire|net|docker)$/,
    reason: 'from outside, Weft is judged by what ip, bridge, etcdctl and the API show, not by its own code',
  },
  { from: /^sim$/, to: /./, reason: 'the simulator runs what is pure, and the wire: nothing that touches a kernel' },
]

/** Identifiers that the pure ring must not use, with what to use instead. */
export const FORBIDDEN_IN_RING: Readonly<Record<string, string>> = {
  Date: 'Clock',
  performance: 'Clock',
  setTimeout: 'Clock.after',
  setInterval: 'Clock.after',
  setImmediate: 'Clock.after',
  queueMicrotask: 'nothing: the ring does not run by itself',
  process: 'a port',
  Buffer: 'Uint8Array',
  fetch: 'a port',
  require: 'a port',
}

/** Files of the ring that may break one of these rules. */
export const RING_EXCEPTIONS: Readonly<Record<string, string>> = {
  'libs/core/src/testkit/manual-clock.ts': 'prints its own time as a date',
}
