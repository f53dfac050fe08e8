import type { NetworkView } from '#api'
import type { LabHost, Place } from '#lab'

/** Sends datagrams for a container under made-up addresses, and counts what arrives. */
export class Forgery {
  private constructor(
    private readonly target: Place,
    private readonly host: LabHost,
    private readonly address: string,
    readonly mac: string,
    readonly vni: number,
  ) {}

  static async prepare(target: Place, host: LabHost, address: string, network: string): Promise<Forgery> {
    await target.exec(['nft', '-f', '-'], {
      input: 'table inet look { chain c { type filter hook input priority 0; udp dport 7777 counter; }; }',
    })
    const networks = await host.weftJson<NetworkView[]>(['network', 'ls'])
    const [link] = JSON.parse((await host.exec(['ip', '-j', 'link', 'show', `weft-${network}`])).stdout) as { address: string }[]
    return new Forgery(target, host, address, link?.address ?? '', networks.find(({ name }) => name === network)?.vni ?? 0)
  }

  /** A VXLAN device that leads to the target's host. */
  async tunnel(from: LabHost, source: string, vni: number): Promise<void> {
    await from.exec([
      'sh',
      '-ec',
      `ip link del forged 2>/dev/null || true
      ip link add forged mtu 1400 type vxlan id ${vni} dstport 4789 local ${from.address} nolearning
      ip link set forged up; ip address add ${source} dev forged ${source.includes(':') ? 'nodad' : ''}
      bridge fdb append ${this.mac} dev forged dst ${this.host.address}; ip neighbour replace ${this.address} lladdr ${this.mac} dev forged nud permanent
      ip route replace ${this.address} dev forged src ${source} metric 1`,
    ])
  }

  /** Sends five datagrams and says how many arrived, once `passed` has shown that whatever could is there. */
  async send(from: Place, source: string, passed: () => Promise<void> = async () => {}): Promise<number> {
    const before = await this.arrived()
    const words = `socket.bind(0, '${source}', () => { for (let n = 0; n < 5; n++) socket.send('forged', 7777, '${this.address}', () => { if (n === 4) socket.close() }) })`
    const kind = source.includes(':') ? 'udp6' : 'udp4'
    await from.exec([process.execPath, '-e', `const socket = require('node:dgram').createSocket('${kind}'); ${words}`])
    await passed()
    return (await this.arrived()) - before
  }

  /** What the target has got so far. */
  async arrived(): Promise<number> {
    return Number(/counter packets (\d+)/.exec((await this.target.exec(['nft', 'list', 'table', 'inet', 'look'])).stdout)?.[1])
  }
}

/** How many packets the peer check of a network has dropped. */
export async function dropped(host: LabHost, network: string): Promise<number> {
  const { stdout } = await host.exec(['nft', 'list', 'chain', 'inet', 'weft', `peers-${network}`])
  return [...stdout.matchAll(/counter packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0)
}
