import { bridgeName, portName, WeftError } from '#core'
import { addressesOf, linkKey, type KernelObject } from '#plan'
import type { PassResult } from '../reconcile/pass.js'
import type { AttachedEndpoint } from './attached-endpoint.js'

/**
 * Checks that a pass has left the endpoint plugged in.
 * @throws WeftError what the kernel refused, WEFT_KERNEL_OCCUPIED when something stands in the way, or why the endpoint was left out
 */
export function checkPluggedIn(endpoint: AttachedEndpoint, { failures, plan, desired }: PassResult): void {
  const { network, address } = endpoint
  const port = portName(network, address)
  const isPort = (object: KernelObject): boolean => object.kind === 'port' && object.name === port
  const failure = failures.find(({ step }) => isPort(step.object))
  if (failure) throw failure.error
  // Nothing is put on top of what is not ours: a port whose bridge cannot be made is no obstacle of its own.
  const obstacle = plan.obstacles.find(({ object }) => isPort(object) || (object.kind === 'bridge' && object.name === bridgeName(network)))
  if (obstacle)
    throw new WeftError('WEFT_KERNEL_OCCUPIED', obstacle.reason, { hint: 'remove or rename it, or use a network with another name' })
  const fields = [linkKey(port), ...addressesOf(endpoint).map((one) => `networks/${network}/endpoints/${one}`)]
  const problem = desired?.problems.find(({ field }) => field !== undefined && fields.includes(field))
  if (problem) throw problem
  if (!desired?.objects.has(linkKey(port))) {
    throw new WeftError('WEFT_NOT_READY', `this host takes no part in network ${network} yet`, {
      field: 'network',
      hint: '`weft status` says what it waits for',
    })
  }
}
