import { RecordingLog } from '#core/testkit'
import { LinuxKernel } from '../kernel/linux-kernel.js'
import { realClock } from './real-clock.js'
import { withNetns, type TestNetns } from './test-netns.js'

/** A host of one test: a namespace with the underlay address 192.0.2.1/24 on `under0`, and the kernel of that namespace. */
export interface TestHost {
  readonly ns: TestNetns
  readonly kernel: LinuxKernel
  readonly log: RecordingLog
}

/** Runs a test against the real kernel, in a namespace of its own that is removed in all cases. Needs root and iproute2. */
export function withHost<T>(test: (host: TestHost) => Promise<T>): Promise<T> {
  return withNetns(async (ns) => {
    await ns.ip('link', 'add', 'under0', 'type', 'veth', 'peer', 'name', 'under1')
    await ns.ip('address', 'add', '192.0.2.1/24', 'dev', 'under0')
    await ns.ip('link', 'set', 'under0', 'up')
    await ns.ip('link', 'set', 'under1', 'up')
    const log = new RecordingLog()
    const kernel = await LinuxKernel.open({ clock: realClock, log, netns: ns.netns })
    try {
      return await test({ ns, kernel, log })
    } finally {
      kernel.close()
    }
  })
}
