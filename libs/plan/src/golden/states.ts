/** Alone: nothing leads anywhere, and the pool is unreachable but for the own subnet. */
export const ONE_HOST = `\
sysctl net.ipv4.conf.weft-blue.rp_filter=0
sysctl net.ipv4.ip_forward=1
sysctl net.ipv6.conf.wbr-blue.accept_ra=0
link weft-blue vxlan id 100 local 192.0.2.1 dstport 4789 nolearning address 5a:eb:01:37:b3:88 mtu 1450 alias weft:blue
link wbr-blue bridge address 16:9a:37:21:c0:0a mtu 1450 alias weft:blue
addr 10.61.0.1/32 dev weft-blue
addr 10.61.1.1/24 dev wbr-blue
route unreachable 10.61.0.0/16 metric 4278198272
`

/** h1 of two hosts: five objects for the one peer. */
export const TWO_HOSTS = `\
sysctl net.ipv4.conf.weft-blue.rp_filter=0
sysctl net.ipv4.ip_forward=1
sysctl net.ipv6.conf.wbr-blue.accept_ra=0
link weft-blue vxlan id 100 local 192.0.2.1 dstport 4789 nolearning address 5a:eb:01:37:b3:88 mtu 1450 alias weft:blue
link wbr-blue bridge address 16:9a:37:21:c0:0a mtu 1450 alias weft:blue
addr 10.61.0.1/32 dev weft-blue
addr 10.61.1.1/24 dev wbr-blue
neigh 10.61.0.2 dev weft-blue lladdr 9e:93:0f:75:8a:3f permanent
fdb 9e:93:0f:75:8a:3f dev weft-blue dst 192.0.2.2 permanent
nexthop via 10.61.0.2 dev weft-blue onlink
route 10.61.0.2/32 via 10.61.0.2 dev weft-blue src 10.61.0.1
route 10.61.2.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1
route unreachable 10.61.0.0/16 metric 4278198272
`

/** h1 of two hosts in a network with two pools, with an endpoint. */
export const TWO_HOSTS_DUAL = `\
sysctl net.ipv4.conf.weft-blue.rp_filter=0
sysctl net.ipv4.ip_forward=1
sysctl net.ipv6.conf.all.forwarding=1
sysctl net.ipv6.conf.wbr-blue.accept_ra=0
sysctl net.ipv6.conf.wbr-blue.disable_ipv6=0
sysctl net.ipv6.conf.weft-blue.disable_ipv6=0
link weft-blue vxlan id 100 local 192.0.2.1 dstport 4789 nolearning address 5a:eb:01:37:b3:88 mtu 1450 alias weft:blue
link wbr-blue bridge address 16:9a:37:21:c0:0a mtu 1450 alias weft:blue
link wp-d43df42c veth master wbr-blue mtu 1450 alias weft:blue:web
addr 10.61.0.1/32 dev weft-blue
addr 10.61.1.1/24 dev wbr-blue
addr fd61::1/128 dev weft-blue
addr fd61:0:0:1::1/64 dev wbr-blue
addr fe80::1/64 dev wbr-blue
neigh 10.61.0.2 dev weft-blue lladdr 9e:93:0f:75:8a:3f permanent
neigh fd61::2 dev weft-blue lladdr 9e:93:0f:75:8a:3f permanent
fdb 9e:93:0f:75:8a:3f dev weft-blue dst 192.0.2.2 permanent
nexthop via 10.61.0.2 dev weft-blue onlink
nexthop via fd61::2 dev weft-blue onlink
route 10.61.0.2/32 via 10.61.0.2 dev weft-blue src 10.61.0.1
route 10.61.2.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1
route fd61::2/128 via fd61::2 dev weft-blue src fd61::1
route fd61:0:0:2::/64 via fd61::2 dev weft-blue src fd61::1
route unreachable 10.61.0.0/16 metric 4278198272
route unreachable fd61::/48 metric 4278198272
`

/** h1 of three hosts, with two endpoints. */
export const THREE_HOSTS = `\
sysctl net.ipv4.conf.weft-blue.rp_filter=0
sysctl net.ipv4.ip_forward=1
sysctl net.ipv6.conf.wbr-blue.accept_ra=0
link weft-blue vxlan id 100 local 192.0.2.1 dstport 4789 nolearning address 5a:eb:01:37:b3:88 mtu 1450 alias weft:blue
link wbr-blue bridge address 16:9a:37:21:c0:0a mtu 1450 alias weft:blue
link wp-572bc6a3 veth master wbr-blue mtu 1450 alias weft:blue:db
link wp-d43df42c veth master wbr-blue mtu 1450 alias weft:blue:web
addr 10.61.0.1/32 dev weft-blue
addr 10.61.1.1/24 dev wbr-blue
neigh 10.61.0.2 dev weft-blue lladdr 9e:93:0f:75:8a:3f permanent
neigh 10.61.0.3 dev weft-blue lladdr 02:f4:87:31:a9:21 permanent
fdb 9e:93:0f:75:8a:3f dev weft-blue dst 192.0.2.2 permanent
fdb 02:f4:87:31:a9:21 dev weft-blue dst 192.0.2.3 permanent
nexthop via 10.61.0.2 dev weft-blue onlink
nexthop via 10.61.0.3 dev weft-blue onlink
route 10.61.0.2/32 via 10.61.0.2 dev weft-blue src 10.61.0.1
route 10.61.0.3/32 via 10.61.0.3 dev weft-blue src 10.61.0.1
route 10.61.2.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1
route 10.61.3.0/24 via 10.61.0.3 dev weft-blue src 10.61.0.1
route unreachable 10.61.0.0/16 metric 4278198272
`

/** The same cluster as h3 has it. */
export const THREE_HOSTS_FROM_H3 = `\
sysctl net.ipv4.conf.weft-blue.rp_filter=0
sysctl net.ipv4.ip_forward=1
sysctl net.ipv6.conf.wbr-blue.accept_ra=0
link weft-blue vxlan id 100 local 192.0.2.3 dstport 4789 nolearning address 02:f4:87:31:a9:21 mtu 1450 alias weft:blue
link wbr-blue bridge address d6:7e:ef:4f:9e:83 mtu 1450 alias weft:blue
addr 10.61.0.3/32 dev weft-blue
addr 10.61.3.1/24 dev wbr-blue
neigh 10.61.0.1 dev weft-blue lladdr 5a:eb:01:37:b3:88 permanent
neigh 10.61.0.2 dev weft-blue lladdr 9e:93:0f:75:8a:3f permanent
fdb 5a:eb:01:37:b3:88 dev weft-blue dst 192.0.2.1 permanent
fdb 9e:93:0f:75:8a:3f dev weft-blue dst 192.0.2.2 permanent
nexthop via 10.61.0.1 dev weft-blue onlink
nexthop via 10.61.0.2 dev weft-blue onlink
route 10.61.0.1/32 via 10.61.0.1 dev weft-blue src 10.61.0.3
route 10.61.0.2/32 via 10.61.0.2 dev weft-blue src 10.61.0.3
route 10.61.1.0/24 via 10.61.0.1 dev weft-blue src 10.61.0.3
route 10.61.2.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.3
route unreachable 10.61.0.0/16 metric 4278198272
`

/** Of h1 of fifty hosts, the objects that lead to h37. */
export const ONE_PEER_OF_FIFTY = `\
neigh 10.61.0.37 dev weft-blue lladdr 9e:51:2e:54:e1:47 permanent
fdb 9e:51:2e:54:e1:47 dev weft-blue dst 192.0.2.37 permanent
nexthop via 10.61.0.37 dev weft-blue onlink
route 10.61.0.37/32 via 10.61.0.37 dev weft-blue src 10.61.0.1
route 10.61.37.0/24 via 10.61.0.37 dev weft-blue src 10.61.0.1
`

/** h1 of two hosts, network blue being exclusive: what is not marked by the gate is shut off, both ways. */
export const EXCLUSIVE = `\
sysctl net.ipv4.conf.weft-blue.rp_filter=0
sysctl net.ipv4.ip_forward=1
sysctl net.ipv4.neigh.weft-blue.unres_qlen_bytes=4194304
sysctl net.ipv6.conf.wbr-blue.accept_ra=0
rule 87 from all fwmark 0x57000000 goto 89
rule 87 from all iif lo goto 89
rule 88 from 10.61.1.0/24 blackhole
rule 88 from all to 10.61.1.0/24 blackhole
rule 89 from all nop
link weft-blue vxlan id 100 local 192.0.2.1 dstport 4789 nolearning address 5a:eb:01:37:b3:88 mtu 1450 alias weft:blue
link wbr-blue bridge address 16:9a:37:21:c0:0a mtu 1450 alias weft:blue
addr 10.61.0.1/32 dev weft-blue
addr 10.61.1.1/24 dev wbr-blue
neigh 10.61.0.2 dev weft-blue lladdr 9e:93:0f:75:8a:3f permanent
fdb 9e:93:0f:75:8a:3f dev weft-blue dst 192.0.2.2 permanent
nexthop via 10.61.0.2 dev weft-blue onlink
route 10.61.0.2/32 via 10.61.0.2 dev weft-blue src 10.61.0.1
route 10.61.2.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1
route unreachable 10.61.0.0/16 metric 4278198272
`

/** h1 of three hosts, after h2 has adopted its only subnet: VTEP address, peers and ports stay, the gateway does not. */
export const ROBBED_HOST = `\
sysctl net.ipv4.conf.weft-blue.rp_filter=0
sysctl net.ipv4.ip_forward=1
sysctl net.ipv6.conf.wbr-blue.accept_ra=0
rule 86 from 10.61.1.0/24 iif wbr-blue blackhole
link weft-blue vxlan id 100 local 192.0.2.1 dstport 4789 nolearning address 5a:eb:01:37:b3:88 mtu 1450 alias weft:blue
link wbr-blue bridge address 16:9a:37:21:c0:0a mtu 1450 alias weft:blue
link wp-572bc6a3 veth master wbr-blue mtu 1450 alias weft:blue:db
link wp-d43df42c veth master wbr-blue mtu 1450 alias weft:blue:web
addr 10.61.0.1/32 dev weft-blue
neigh 10.61.0.2 dev weft-blue lladdr 9e:93:0f:75:8a:3f permanent
neigh 10.61.0.3 dev weft-blue lladdr 02:f4:87:31:a9:21 permanent
fdb 9e:93:0f:75:8a:3f dev weft-blue dst 192.0.2.2 permanent
fdb 02:f4:87:31:a9:21 dev weft-blue dst 192.0.2.3 permanent
nexthop via 10.61.0.2 dev weft-blue onlink
nexthop via 10.61.0.3 dev weft-blue onlink
route 10.61.0.2/32 via 10.61.0.2 dev weft-blue src 10.61.0.1
route 10.61.0.3/32 via 10.61.0.3 dev weft-blue src 10.61.0.1
route 10.61.1.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1
route 10.61.2.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1
route 10.61.3.0/24 via 10.61.0.3 dev weft-blue src 10.61.0.1
route unreachable 10.61.0.0/16 metric 4278198272
`

/** h1 of three hosts, which reaches h2 without VXLAN: its VTEP address and, beneath, its subnet are there by VXLAN, too. */
export const ONE_DIRECT_PEER = `\
sysctl net.ipv4.conf.weft-blue.rp_filter=0
sysctl net.ipv4.ip_forward=1
sysctl net.ipv6.conf.wbr-blue.accept_ra=0
link weft-blue vxlan id 100 local 192.0.2.1 dstport 4789 nolearning address 5a:eb:01:37:b3:88 mtu 1450 alias weft:blue
link wbr-blue bridge address 16:9a:37:21:c0:0a mtu 1450 alias weft:blue
addr 10.61.0.1/32 dev weft-blue
addr 10.61.1.1/24 dev wbr-blue
neigh 10.61.0.2 dev weft-blue lladdr 9e:93:0f:75:8a:3f permanent
neigh 10.61.0.3 dev weft-blue lladdr 02:f4:87:31:a9:21 permanent
fdb 9e:93:0f:75:8a:3f dev weft-blue dst 192.0.2.2 permanent
fdb 02:f4:87:31:a9:21 dev weft-blue dst 192.0.2.3 permanent
nexthop via 10.61.0.2 dev weft-blue onlink
nexthop via 10.61.0.3 dev weft-blue onlink
nexthop via 192.0.2.2 dev eth0 onlink
route 10.61.0.2/32 via 10.61.0.2 dev weft-blue src 10.61.0.1
route 10.61.0.3/32 via 10.61.0.3 dev weft-blue src 10.61.0.1
route 10.61.2.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1 metric 87
route 10.61.2.0/24 via 192.0.2.2 dev eth0 src 10.61.0.1
route 10.61.3.0/24 via 10.61.0.3 dev weft-blue src 10.61.0.1
route unreachable 10.61.0.0/16 metric 4278198272
`

/** h1 of two hosts in a network of IPv6. */
export const IPV6 = `\
sysctl net.ipv4.conf.weft-blue.rp_filter=0
sysctl net.ipv6.conf.all.forwarding=1
sysctl net.ipv6.conf.wbr-blue.accept_ra=0
sysctl net.ipv6.conf.wbr-blue.disable_ipv6=0
sysctl net.ipv6.conf.weft-blue.disable_ipv6=0
link weft-blue vxlan id 100 local 192.0.2.1 dstport 4789 nolearning address 5a:eb:01:37:b3:88 mtu 1450 alias weft:blue
link wbr-blue bridge address 16:9a:37:21:c0:0a mtu 1450 alias weft:blue
addr fd61::1/128 dev weft-blue
addr fd61:0:0:1::1/64 dev wbr-blue
addr fe80::1/64 dev wbr-blue
neigh fd61::2 dev weft-blue lladdr 9e:93:0f:75:8a:3f permanent
fdb 9e:93:0f:75:8a:3f dev weft-blue dst 192.0.2.2 permanent
nexthop via fd61::2 dev weft-blue onlink
route fd61::2/128 via fd61::2 dev weft-blue src fd61::1
route fd61:0:0:2::/64 via fd61::2 dev weft-blue src fd61::1
route unreachable fd61::/48 metric 4278198272
`
