import { seededRandom } from '#core'
import { RecordingLog } from '#core/testkit'
import { EtcdStore } from '../etcd-store.js'
import { realClock } from './real-clock.js'

/** A process with a store, for a test that stops it: tells its parent how many endpoints it sees, whenever asked. */
const [endpoint = ''] = process.argv.slice(2)
const store = new EtcdStore({ endpoints: [endpoint], clock: realClock, random: seededRandom(1), log: new RecordingLog() })
process.on('message', () => process.send?.(store.view.endpoints.length))
process.on('disconnect', () => process.exit())
