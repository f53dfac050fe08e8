export { EtcdCluster, EtcdMember, freePorts, type EtcdClusterOptions } from './etcd-cluster.js'
export { eventually } from './eventually.js'
export { realClock } from './real-clock.js'
export { TcpProxy } from './tcp-proxy.js'
