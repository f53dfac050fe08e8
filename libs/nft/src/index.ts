export type { Enter } from './enter.js'
export { NftFirewall, type NftFirewallOptions } from './nft-firewall.js'
export { renderTable } from './ruleset/render.js'
