export { QUIET_NETWORK, SimulatedNetwork, type Fault, type NetworkModel, type Traffic } from './simulated-network.js'
export { Simulation, SimulatedHost, type Sighting, type SimulatedCodec, type SimulationOptions, type TrafficCount } from './simulation.js'
export { LoneMember, alive, factsOf } from './lone-member.js'
export { PathNetwork, type FindingTold, type PathPacket } from './path-network.js'
