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
 * @throws WeftError WEFT_SUBNET_FULL
 */
export function chooseAddress(subnets: readonly Prefix[], used: ReadonlySet<Ip>, last: Ip | undefined): { address: Ip; subnet: Prefix } {
  for (const subnet of subnets) {
    const first = ipToNumber(prefixAddress(subnet))
    const size = prefixSize(subnet)
    const start = last !== undefined && contains(subnet, last) ? ipToNumber(last) - first + 1n : 2n
    // A subnet has at most as many addresses in use as this host has endpoints, so one more try than that always suffices.
    const tries = size < BigInt(used.size + 4) ? size : BigInt(used.size + 4)
    for (let step = 0n; step < tries; step++) {
      const address = ipFromNumber(first + ((start + step) % size), prefixFamily(subnet))
      if (!isReservedIn(subnet, address) && !used.has(address)) return { address, subnet }
    }
  }
  throw new WeftError('WEFT_SUBNET_FULL', `no free address in ${subnets.join(', ')}: ${used.size} in use`, {
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
