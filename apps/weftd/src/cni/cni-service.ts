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
  parseMac,
  parseNetworkName,
  placeOf,
  portName,
  type AddressPlace,
  type Clock,
  type Family,
  type HostId,
  type Log,
  type Mac,
  type Network,
} from '#core'
import type { Store } from '#lease'
import { lookInside, type InsideInterface } from '#netlink'
import type { AttachedEndpoint } from '../endpoints/attached-endpoint.js'
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
    const address = wantedAddress(call.args, configuration)
    const mac = wantedMac(call.args, configuration)
    const endpoint = await this.endpoints.attach(
      {
        network,
        netns,
        name: this.endpointName(call, configuration),
        interface: ifname,
        ...(address === undefined ? {} : { address }),
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
    const { address, mac } = endpoint
    const wanted = `${address}/${this.placeOf(endpoint).prefixLength}`
    if (configuration.prevResult !== undefined && !addressesIn(configuration.prevResult, ifname, netns).includes(wanted)) {
      throw differs(`${ifname} of container ${containerId} has ${wanted}, which is not in prevResult`)
    }
    const inside = await this.look(netns, ifname)
    if (!inside) throw differs(`container ${containerId} has no interface ${ifname} any more`)
    if (inside.mac !== mac) throw differs(`${ifname} of container ${containerId} has the MAC address ${inside.mac} and not ${mac}`)
    if (!inside.up) throw differs(`${ifname} of container ${containerId} is down`)
    if (!inside.addresses.some((one) => `${one.address}/${one.prefixLength}` === wanted)) {
      throw differs(`${ifname} of container ${containerId} does not have ${wanted} any more`)
    }
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
    if (ownSubnets(this.store.view, this.self, known.name).length === 0) {
      throw new CniError(CNI_CODE.notAvailable, `this host has no subnet in network ${network} yet`, '`weft status` says what it waits for')
    }
    return undefined
  }

  private placeOf({ network: name, subnet }: AttachedEndpoint): AddressPlace & { readonly network: Network } {
    const { view } = this.store
    const network = view.networks.get(name)
    const place = network && placeOf(view, this.self, network, subnet)
    // Gone in this very moment, and its endpoint with it.
    if (!place) throw new CniError(CNI_CODE.tryAgain, `network ${name} was removed meanwhile`)
    return { ...place, network }
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
    const { ifname, mac, netns, address, defaultRoute } = endpoint
    const { network, gateway, prefixLength } = this.placeOf(endpoint)
    return {
      port: portName(endpoint.network, address),
      ifname,
      mac,
      mtu: this.mtuOf(network),
      sandbox: netns,
      address: `${address}/${prefixLength}`,
      gateway,
      routes: [{ dst: defaultRoute ? DEFAULT_ROUTE[familyOf(address)] : network.pool, gw: gateway }],
      dns,
    }
  }
}

/** One address, with or without a prefix length; the subnet decides about that. */
function wantedAddress({ ip }: CniArguments, { ips }: NetworkConfiguration): string | undefined {
  if (ips.length > 1) {
    throw new CniError(CNI_CODE.unsupportedField, `network configuration: ips: ${JSON.stringify(ips)}`, 'one address for each interface')
  }
  return (ip ?? ips[0])?.split('/')[0]
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
