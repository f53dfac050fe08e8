/** h3 leaves: everything that led to it goes, the routes first. */
export const A_HOST_LEAVES = `\
- neigh 10.61.0.3 dev weft-blue lladdr 02:f4:87:31:a9:21 permanent
- fdb 02:f4:87:31:a9:21 dev weft-blue dst 192.0.2.3 permanent
- nexthop via 10.61.0.3 dev weft-blue onlink id 1461385292
- route 10.61.0.3/32 via 10.61.0.3 dev weft-blue src 10.61.0.1 nhid 1461385292
- route 10.61.3.0/24 via 10.61.0.3 dev weft-blue src 10.61.0.1 nhid 1461385292
5 to delete
`

/** h3 is back with its records: the next hop gets its old id again. */
export const A_HOST_COMES_BACK = `\
+ neigh 10.61.0.3 dev weft-blue lladdr 02:f4:87:31:a9:21 permanent
+ fdb 02:f4:87:31:a9:21 dev weft-blue dst 192.0.2.3 permanent
+ nexthop via 10.61.0.3 dev weft-blue onlink id 1461385292
+ route 10.61.0.3/32 via 10.61.0.3 dev weft-blue src 10.61.0.1 nhid 1461385292
+ route 10.61.3.0/24 via 10.61.0.3 dev weft-blue src 10.61.0.1 nhid 1461385292
5 to create
`

/** h3 has another underlay address: one FDB entry changes, no route does. */
export const A_PEER_MOVES = `\
~ fdb 02:f4:87:31:a9:21 dev weft-blue dst 198.51.100.7 permanent (was dst 192.0.2.3)
1 to replace
`

/** This host has another underlay address: the device changes in place, with everything that stands on it. */
export const THIS_HOST_MOVES = `\
~ link weft-blue vxlan id 100 local 198.51.100.7 dstport 4789 nolearning address 5a:eb:01:37:b3:88 mtu 1450 alias weft:blue (was local 192.0.2.1)
1 to replace
`

/** h2 has adopted the subnet of h3: its route changes hands at once. */
export const A_PEER_ADOPTS = `\
~ route 10.61.3.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1 nhid 1464893432 (was via 10.61.0.3)
1 to replace
`

/** This host has adopted the subnet of h3: it becomes the gateway there. */
export const THIS_HOST_ADOPTS = `\
+ addr 10.61.3.1/24 dev wbr-blue
- route 10.61.3.0/24 via 10.61.0.3 dev weft-blue src 10.61.0.1 nhid 1461385292
1 to create, 1 to delete
`

/** h2 has adopted this host's only subnet: the gateway goes, and the way there leads to h2. */
export const A_PEER_ADOPTS_FROM_HERE = `\
- addr 10.61.1.1/24 dev wbr-blue
+ route 10.61.1.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1 nhid 1464893432
1 to create, 1 to delete
`
