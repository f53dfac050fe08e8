export { realClock } from './real-clock.js'
export {
  acknowledge,
  broken,
  done,
  lost,
  object,
  refuse,
  ScriptedKernel,
  silence,
  together,
  wellBehaved,
  type Reply,
  type Script,
  type ScriptedRequest,
} from './scripted-kernel.js'
export { withHost, type TestHost } from './test-host.js'
export { withNetns, type TestNetns } from './test-netns.js'
