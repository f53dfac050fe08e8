import { Reply } from '#api'
import {
  CNI_CODE,
  CniError,
  NEWEST,
  VERSION_RESULT,
  addressesIn,
  cniErrorOf,
  isCniVersion,
  parseCall,
  parseConfiguration,
  resultOf,
  type Attachment,
  type CniArguments,
  type CniCall,
  type CniEnvironment,
  type CniResult,
  type NetworkConfiguration,
} from '#cni'
import {
  asWeftError,
  familyOf,
  layerOf,
  parseMac,
  parseNetworkName,
  placeOf,
  poolsOf,
  portName,
  sameFamily,
  type AddressPlace,
  type Clock,
  type Family,
  type HostId,
  type Ip,
  type Log,
  type Mac,
  type Network,
} from '#core'
import type { Store } from '#lease'
import { lookInside, type InsideInterface } from '#netlink'
import { placesOf, type AttachedEndpoint } from '../endpoints/attached-endpoint.js'
import type { EndpointRegistry } from '../endpoints/endpoint-registry.js'
import type { EndpointService } from '../endpoints/endpoint-service.js'
import { ownSubnets } from '../networks/own-leases.js'

const DEFAULT_ROUTE: Readonly<Record<Family, string>> = { 4: '0.0.0.0/0', 6: '::/0' }

/** What CHECK compares with. */
export type Look = (netns: string, ifname: string) => Promise<InsideInterface | undefined>

/**
 * Container network interface: what runtimes such as podman, containerd and Kubernetes' kubelet ask through `weft-cni`
 * (docs/cni.md; SPEC.md of containernetworking/cni). An attachment is an endpoint that remembers who asked for it.
 */
export class CniService {
  private readonly look: Look

  constructor(
    private readonly self: HostId,
    private readonly store: Store,
    private readonly registry: EndpointRegistry,
    private readonly endpoints: EndpointService,
    /** MTU of a network on this host, in bytes. */
    private readonly mtuOf: (network: Network) => number,
    clock: Clock,
    private readonly log: Log,
    look?: Look,
  ) {
    this.look = look ?? ((netns, ifname) => lookInside(netns, ifname, clock))
  }

  /** Answers one call of a runtime; an error too is an answer, in the form of the specification. */
  async handle(environment: CniEnvironment, body: unknown): Promise<Reply> {
    try {
      const call = parseCall(environment)
      if (call.command === 'VERSION') return new Reply(200, VERSION_RESULT)
      return new Reply(200, await this.carryOut(call, parseConfiguration(body)))
    } catch (thrown) {
      const error = thrown instanceof CniError ? thrown : cniErrorOf(asWeftError(thrown))
      if (!(thrown instanceof CniError) && asWeftError(thrown).code === 'WEFT_INTERNAL') {
        this.log.error('defect in CNI', { error: error.message, stack: (thrown as Error).stack })
      }
      return new Reply(400, error.failure(versionIn(body)))
    }
  }

  /** @returns what is printed; undefined for nothing */
  private async carryOut(call: Exclude<CniCall, { readonly command: 'VERSION' }>, configuration: NetworkConfiguration): Promise<unknown> {
    if (call.command === 'GC') return this.collect(configuration)
    if (call.command === 'STATUS') return this.readiness(configuration)
    if (call.command === 'ADD') return this.add(call, configuration)
    if (call.command === 'CHECK') return this.check(call, configuration)
    return this.remove(call, configuration)
  }

  private async add(call: Attachment & { netns: string; args: CniArguments }, configuration: NetworkConfiguration): Promise<CniResult> {
    const { containerId, ifname, netns } = call
    const { name, network, cniVersion, defaultRoute } = configuration
    const address = wantedAddresses(call.args, configuration)
    const mac = wantedMac(call.args, configuration)
    const endpoint = await this.endpoints.attach(
      {
        network,
        netns,
        name: this.endpointName(call, configuration),
        interface: ifname,
        ...(address.length === 0 ? {} : { address }),
        ...(defaultRoute === undefined ? {} : { defaultRoute }),
      },
      { kind: 'cni', attachment: { runtimeNetwork: name, containerId }, ...(mac === undefined ? {} : { mac }) },
    )
    return resultOf(cniVersion, this.attached(endpoint, configuration), configuration.prevResult)
  }

  /** Success also where there is nothing: what DEL is to bring about is so already. */
  private async remove(call: Attachment, configuration: NetworkConfiguration): Promise<undefined> {
    const endpoint = this.find(call, configuration)
    if (endpoint) await this.endpoints.release(endpoint)
    return undefined
  }

  private async check(call: Attachment & { netns: string }, configuration: NetworkConfiguration): Promise<undefined> {
    const { containerId, ifname, netns } = call
    const endpoint = this.find(call, configuration)
    if (!endpoint) {
      throw new CniError(CNI_CODE.unknownContainer, `${ifname} of container ${containerId} is not attached to ${configuration.network}`)
    }
    const { mac } = endpoint
    const wanted = this.placesIn(endpoint).map(({ address, prefixLength }) => `${address}/${prefixLength}`)
    const { prevResult } = configuration
    const untold = prevResult && wanted.find((one) => !addressesIn(prevResult, ifname, netns).includes(one))
    if (untold !== undefined) throw differs(`${ifname} of container ${containerId} has ${untold}, which is not in prevResult`)
    const inside = await this.look(netns, ifname)
    if (!inside) throw differs(`container ${containerId} has no interface ${ifname} any more`)
    if (inside.mac !== mac) throw differs(`${ifname} of container ${containerId} has the MAC address ${inside.mac} and not ${mac}`)
    if (!inside.up) throw differs(`${ifname} of container ${containerId} is down`)
    const has = inside.addresses.map((one) => `${one.address}/${one.prefixLength}`)
    const lost = wanted.find((one) => !has.includes(one))
    if (lost !== undefined) throw differs(`${ifname} of container ${containerId} does not have ${lost} any more`)
    return undefined
  }

  private async collect({ name, validAttachments }: NetworkConfiguration): Promise<undefined> {
    if (!validAttachments) {
      throw new CniError(CNI_CODE.invalidConfiguration, 'network configuration: cni.dev/valid-attachments: is missing', 'GC needs it')
    }
    const valid = new Set(validAttachments.map(({ containerId, ifname }) => `${containerId} ${ifname}`))
    const stale = this.registry
      .list()
      .filter(({ attachment, ifname }) => attachment?.runtimeNetwork === name && !valid.has(`${attachment.containerId} ${ifname}`))
    for (const endpoint of stale) await this.endpoints.release(endpoint)
    return undefined
  }

  private readiness({ network }: NetworkConfiguration): undefined {
    const known = this.store.view.networks.get(parseNetworkName(network))
    if (!known) throw new CniError(CNI_CODE.notAvailable, `there is no network '${network}'`, 'make it with `weft network create`')
    const subnets = ownSubnets(this.store.view, this.self, known.name)
    const without = poolsOf(known).find((pool) => !subnets.some((subnet) => sameFamily(pool, subnet)))
    if (without !== undefined) {
      throw new CniError(
        CNI_CODE.notAvailable,
        `this host has no subnet of ${without} in network ${network} yet`,
        '`weft status` says what it waits for',
      )
    }
    return undefined
  }

  private networkOf({ network: name }: AttachedEndpoint): Network {
    const network = this.store.view.networks.get(name)
    // Gone in this very moment, and its endpoint with it.
    if (!network) throw new CniError(CNI_CODE.tryAgain, `network ${name} was removed meanwhile`)
    return network
  }

  private placesIn(endpoint: AttachedEndpoint): readonly (AddressPlace & { readonly address: Ip })[] {
    const network = this.networkOf(endpoint)
    return placesOf(endpoint).map(({ address, subnet }) => {
      const place = placeOf(this.store.view, this.self, network, subnet)
      if (!place) throw new CniError(CNI_CODE.tryAgain, `this host has no VTEP address in network ${network.name} yet`)
      return { ...place, address }
    })
  }

  private find({ containerId, ifname }: Attachment, { name }: NetworkConfiguration): AttachedEndpoint | undefined {
    return this.registry
      .list()
      .find(
        (endpoint) =>
          endpoint.attachment?.containerId === containerId && endpoint.attachment.runtimeNetwork === name && endpoint.ifname === ifname,
      )
  }

  /** That of the pod, or the beginning of the container's id as people know it; made unique where a container has several interfaces. */
  private endpointName(call: Attachment & { args: CniArguments }, configuration: NetworkConfiguration): string {
    const before = this.find(call, configuration)
    if (before) return before.name
    const taken = new Set(this.registry.list().flatMap((one) => (one.network === configuration.network ? [one.name] : [])))
    const short = call.containerId.slice(0, 12)
    const candidates = [call.args.podName, short, `${short}-${call.ifname}`, `${call.containerId.slice(0, 100)}-${call.ifname}`]
    const free = candidates.find((name) => name !== undefined && /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(name) && !taken.has(name))
    return free ?? short
  }

  private attached(endpoint: AttachedEndpoint, { dns }: NetworkConfiguration): Parameters<typeof resultOf>[1] {
    const { ifname, mac, netns, defaultRoute } = endpoint
    const network = this.networkOf(endpoint)
    const places = this.placesIn(endpoint)
    return {
      port: portName(endpoint.network, endpoint.address),
      ifname,
      mac,
      mtu: this.mtuOf(network),
      sandbox: netns,
      ips: places.map(({ address, prefixLength, gateway }) => ({ address: `${address}/${prefixLength}`, gateway })),
      routes: places.flatMap(({ address, gateway }) => {
        const dst = defaultRoute ? DEFAULT_ROUTE[familyOf(address)] : layerOf(network, address)?.pool
        return dst === undefined ? [] : [{ dst, gw: gateway }]
      }),
      dns,
    }
  }
}

/** One address of each family, with or without a prefix length; the subnets decide about that. */
function wantedAddresses({ ip }: CniArguments, { ips }: NetworkConfiguration): string[] {
  if (ips.length > 2) {
    const hint = 'one address of each family for each interface'
    throw new CniError(CNI_CODE.unsupportedField, `network configuration: ips: ${JSON.stringify(ips)}`, hint)
  }
  return (ip === undefined ? ips : [ip]).map((one) => one.split('/')[0] ?? one)
}

function wantedMac({ mac: argument }: CniArguments, { mac }: NetworkConfiguration): Mac | undefined {
  const wanted = mac ?? argument
  return wanted === undefined ? undefined : parseMac(wanted.toLowerCase())
}

function versionIn(body: unknown): string {
  const version = typeof body === 'object' && body !== null && 'cniVersion' in body ? body.cniVersion : undefined
  return isCniVersion(version) ? version : NEWEST
}

function differs(message: string): CniError {
  return new CniError(CNI_CODE.differs, message, 'remove the container from the network and add it again')
}
