export { EventHeap } from './event-heap.js'
export { ManualClock } from './manual-clock.js'
export { RecordingLog, type LogLine } from './recording-log.js'
