export { callAgent, type ClientOptions } from './client.js'
export * from './contract.js'
