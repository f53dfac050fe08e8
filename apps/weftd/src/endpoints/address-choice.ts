import {
  contains,
  ipFromNumber,
  ipToNumber,
  isReservedIn,
  prefixAddress,
  prefixFamily,
  prefixSize,
  WeftError,
  type Ip,
  type Prefix,
} from '#core'

/**
 * The next free address of a host's subnets: searching goes on behind the last one given out and wraps around, so that an address that
 * was just freed rests for as long as possible (peers' caches and half-closed connections still name it).
 * @param range when given, only what lies in it
 * @throws WeftError WEFT_SUBNET_FULL, WEFT_ADDRESS_OUTSIDE_SUBNET when the range has nothing of these subnets
 */
export function chooseAddress(
  subnets: readonly Prefix[],
  used: ReadonlySet<Ip>,
  last: Ip | undefined,
  range?: Prefix,
): { address: Ip; subnet: Prefix } {
  const parts = subnets.flatMap((subnet) => common(subnet, range).map((part) => ({ subnet, part })))
  if (parts.length === 0) {
    throw new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', `the range ${range} has nothing of this host's subnets`, {
      field: 'range',
      hint: `this host has ${subnets.join(', ')}`,
    })
  }
  for (const { subnet, part } of parts) {
    const first = ipToNumber(prefixAddress(part))
    const size = prefixSize(part)
    const start = last !== undefined && contains(part, last) ? ipToNumber(last) - first + 1n : 0n
    // A subnet has at most as many addresses in use as this host has endpoints, so one more try than that always suffices.
    const tries = size < BigInt(used.size + 4) ? size : BigInt(used.size + 4)
    for (let step = 0n; step < tries; step++) {
      const address = ipFromNumber(first + ((start + step) % size), prefixFamily(subnet))
      if (!isReservedIn(subnet, address) && !used.has(address)) return { address, subnet }
    }
  }
  throw new WeftError('WEFT_SUBNET_FULL', `no free address in ${parts.map(({ part }) => part).join(', ')}: ${used.size} in use`, {
    hint: 'detach what is not needed (`weft endpoints`), or make a network with larger subnets',
  })
}

/**
 * Checks an address that was asked for.
 * @throws WeftError WEFT_ADDRESS_OUTSIDE_SUBNET or WEFT_ENDPOINT_EXISTS
 */
export function checkAddress(wanted: Ip, subnets: readonly Prefix[], used: ReadonlySet<Ip>): { address: Ip; subnet: Prefix } {
  const subnet = subnets.find((prefix) => contains(prefix, wanted))
  if (!subnet) {
    throw new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', `${wanted} does not lie in a subnet of this host`, {
      field: 'address',
      hint: `this host has ${subnets.join(', ')}`,
    })
  }
  if (isReservedIn(subnet, wanted)) {
    throw new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', `${wanted} is reserved in ${subnet}`, {
      field: 'address',
      hint: 'the first two addresses and the last one are not given out',
    })
  }
  if (used.has(wanted))
    throw new WeftError('WEFT_ENDPOINT_EXISTS', `${wanted} is in use on this host`, {
      field: 'address',
      hint: '`weft endpoints` shows by whom',
    })
  return { address: wanted, subnet }
}

/** Two prefixes have nothing in common, or one holds the other. */
function common(subnet: Prefix, range: Prefix | undefined): Prefix[] {
  if (range === undefined || contains(range, subnet)) return [subnet]
  return contains(subnet, range) ? [range] : []
}
