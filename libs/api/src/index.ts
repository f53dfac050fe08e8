export { callAgent, type ClientOptions } from './client.js'
export * from './contract.js'
export { problemOf } from './problem.js'
export { ApiServer, Reply, type Call, type Route } from './server.js'
