import { MessageWriter } from '../codec/message-writer.js'
import { Tables } from '../kernel/tables.js'
import { Connection } from '../socket/connection.js'
import { NetlinkSocket } from '../socket/netlink-socket.js'
import { refusalError, type Refusal } from '../socket/refusal.js'
import { realClock } from './real-clock.js'
import { withNetns, type TestNetns } from './test-netns.js'

/** The bare protocol in a namespace of one test. */
export interface TestTables {
  readonly ns: TestNetns
  readonly tables: Tables
  readonly connection: Connection
  /** Sends what `write` writes; rejects when any of it is refused. */
  send(write: (writer: MessageWriter) => void): Promise<void>
  /** The same, returning what is refused. */
  refusals(write: (writer: MessageWriter) => void): Promise<readonly Refusal[]>
}

/** Runs a test of the codec against the real kernel. For tests of this library only. */
export function withTables<T>(test: (parts: TestTables) => Promise<T>): Promise<T> {
  return withNetns(async (ns) => {
    const sizes = { receiveSize: 32 * 1024, receiveBuffer: 1024 * 1024 }
    const connection = new Connection({ open: () => new NetlinkSocket({ netns: ns.netns, ...sizes }), clock: realClock })
    const refusals = (write: (writer: MessageWriter) => void): Promise<readonly Refusal[]> => {
      const writer = new MessageWriter()
      write(writer)
      return connection.execute(writer)
    }
    const send = async (write: (writer: MessageWriter) => void): Promise<void> => {
      for (const refusal of await refusals(write)) throw refusalError(`message ${refusal.index}`, refusal)
    }
    try {
      return await test({ ns, tables: new Tables(connection), connection, send, refusals })
    } finally {
      connection.close()
    }
  })
}
