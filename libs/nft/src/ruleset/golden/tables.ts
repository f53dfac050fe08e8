/** Alone: nobody may send, so whatever comes is dropped. */
export const ONE_HOST = `\
table inet weft {
  set leases-blue {
    typeof ip saddr . @th,336,32
  }

  set vteps-blue {
    typeof ip saddr . @th,336,32
  }

  set sent-on-blue {
    typeof ip saddr . @th,368,32
  }

  set dead-blue {
    type ipv4_addr
  }

  set adopted-blue {
    type ipv4_addr
  }

  set served-blue {
    type ipv4_addr
  }

  set pools {
    type ipv4_addr
    flags interval
    elements = {
      10.61.0.0/16
    }
  }

  set links {
    type ifname
    elements = {
      "weft-blue",
      "wbr-blue"
    }
  }

  map vnis {
    typeof udp dport . @th,96,24 : verdict
    elements = {
      4789 . 100 : goto peers-blue
    }
  }

  set tunnels {
    typeof udp dport . @th,96,24
    elements = {
      4789 . 100
    }
  }

  map origins {
    type ifname : verdict
    elements = {
      "weft-blue" : goto from-blue,
      "wbr-blue" : goto from-blue
    }
  }

  set within {
    type ifname . ifname
    elements = {
      "wbr-blue" . "weft-blue",
      "weft-blue" . "wbr-blue"
    }
  }

  chain input {
    type filter hook input priority filter - 10; policy accept;
    udp dport . @th,96,24 vmap @vnis
    iifname != @links iifname != "lo" ip saddr @pools counter drop comment "to the host without VXLAN"
    iifname @links ip daddr 127.0.0.0/8 ct direction original counter drop comment "to the host's loopback"
  }

  chain peers-blue {
    iifname "wbr-*" counter drop comment "VXLAN sent by an endpoint of this host"
    @th,224,16 != 0x0800 counter drop comment "inner frame is not IPv4"
    ip saddr . @th,336,32 & 0xffffff00 @leases-blue accept
    ip saddr . @th,336,32 @vteps-blue accept
    @th,336,32 & 0xffff0000 0xa3d0000 ip saddr . @th,368,32 & 0xffffff00 @sent-on-blue accept
    @th,336,32 & 0xffff0000 0xa3d0000 ip saddr . @th,368,32 @sent-on-blue accept
    counter drop comment "inner source is not leased to the outer source"
  }

  chain forward {
    type filter hook forward priority filter - 10; policy accept;
    iifname . oifname @within accept
    iifname vmap @origins
    ip saddr @pools counter drop comment "from outside with a source of the networks"
  }

  chain from-blue {
    ip daddr != @pools udp dport . @th,96,24 @tunnels counter drop comment "VXLAN of the networks, sent by an endpoint"
    oifname != "weft-blue" oifname != "wbr-blue" oifname @links counter drop comment "into another network"
    ip saddr != 10.61.0.0/16 ip saddr @pools counter drop comment "with a source of another network"
    ip daddr != 10.61.0.0/16 ip daddr @pools counter drop comment "to an address of another network"
  }

  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "lo" return
    ip saddr @pools ip daddr != @pools oifname != @links counter masquerade
  }
}
`

/** h1 of three hosts; h3 is dead. */
export const THREE_HOSTS_ONE_DEAD = `\
table inet weft {
  set leases-blue {
    typeof ip saddr . @th,336,32
    elements = {
      192.0.2.2 . 0x0a3d0200,
      192.0.2.3 . 0x0a3d0300
    }
  }

  set vteps-blue {
    typeof ip saddr . @th,336,32
    elements = {
      192.0.2.2 . 0x0a3d0002,
      192.0.2.3 . 0x0a3d0003
    }
  }

  set sent-on-blue {
    typeof ip saddr . @th,368,32
  }

  set dead-blue {
    type ipv4_addr
    elements = {
      10.61.3.0
    }
  }

  set adopted-blue {
    type ipv4_addr
  }

  set served-blue {
    type ipv4_addr
  }

  set pools {
    type ipv4_addr
    flags interval
    elements = {
      10.61.0.0/16
    }
  }

  set links {
    type ifname
    elements = {
      "weft-blue",
      "wbr-blue"
    }
  }

  map vnis {
    typeof udp dport . @th,96,24 : verdict
    elements = {
      4789 . 100 : goto peers-blue
    }
  }

  set tunnels {
    typeof udp dport . @th,96,24
    elements = {
      4789 . 100
    }
  }

  map origins {
    type ifname : verdict
    elements = {
      "weft-blue" : goto from-blue,
      "wbr-blue" : goto from-blue
    }
  }

  set within {
    type ifname . ifname
    elements = {
      "wbr-blue" . "weft-blue",
      "weft-blue" . "wbr-blue"
    }
  }

  chain input {
    type filter hook input priority filter - 10; policy accept;
    udp dport . @th,96,24 vmap @vnis
    iifname != @links iifname != "lo" ip saddr @pools counter drop comment "to the host without VXLAN"
    iifname @links ip daddr 127.0.0.0/8 ct direction original counter drop comment "to the host's loopback"
  }

  chain peers-blue {
    iifname "wbr-*" counter drop comment "VXLAN sent by an endpoint of this host"
    @th,224,16 != 0x0800 counter drop comment "inner frame is not IPv4"
    ip saddr . @th,336,32 & 0xffffff00 @leases-blue accept
    ip saddr . @th,336,32 @vteps-blue accept
    @th,336,32 & 0xffff0000 0xa3d0000 ip saddr . @th,368,32 & 0xffffff00 @sent-on-blue accept
    @th,336,32 & 0xffff0000 0xa3d0000 ip saddr . @th,368,32 @sent-on-blue accept
    counter drop comment "inner source is not leased to the outer source"
  }

  chain forward {
    type filter hook forward priority filter - 10; policy accept;
    iifname vmap @origins
    ip saddr @pools counter drop comment "from outside with a source of the networks"
    ct state != new accept
    ip daddr & 0xffffff00 @adopted-blue ip daddr != @served-blue goto unserved
    ip daddr & 0xffffff00 @dead-blue goto refuse
    ip daddr @dead-blue goto refuse
  }

  chain from-blue {
    ip daddr != @pools udp dport . @th,96,24 @tunnels counter drop comment "VXLAN of the networks, sent by an endpoint"
    oifname != "weft-blue" oifname != "wbr-blue" oifname @links counter drop comment "into another network"
    ip saddr != 10.61.0.0/16 ip saddr @pools counter drop comment "with a source of another network"
    ip daddr != 10.61.0.0/16 ip daddr @pools counter drop comment "to an address of another network"
    ct state != new accept
    ip daddr & 0xffffff00 @adopted-blue ip daddr != @served-blue goto unserved
    ip daddr & 0xffffff00 @dead-blue goto refuse
    ip daddr @dead-blue goto refuse
  }

  chain output {
    type filter hook output priority filter - 10; policy accept;
    ct state != new accept
    ip daddr & 0xffffff00 @adopted-blue ip daddr != @served-blue goto unserved
    ip daddr & 0xffffff00 @dead-blue goto refuse
    ip daddr @dead-blue goto refuse
  }

  chain refuse {
    tcp flags & (fin | syn | rst | ack) == syn counter reject with tcp reset
    meta l4proto != tcp counter reject with icmpx type host-unreachable
  }

  chain unserved {
    meta l4proto tcp counter reject with tcp reset
    counter reject with icmpx type host-unreachable
  }

  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "lo" return
    ip saddr @pools ip daddr != @pools oifname != @links counter masquerade
  }
}
`

/** h1 of two hosts; network green has another port and smaller subnets. */
export const TWO_NETWORKS = `\
table inet weft {
  set leases-blue {
    typeof ip saddr . @th,336,32
    elements = {
      192.0.2.2 . 0x0a3d0200
    }
  }

  set vteps-blue {
    typeof ip saddr . @th,336,32
    elements = {
      192.0.2.2 . 0x0a3d0002
    }
  }

  set sent-on-blue {
    typeof ip saddr . @th,368,32
  }

  set dead-blue {
    type ipv4_addr
  }

  set adopted-blue {
    type ipv4_addr
  }

  set served-blue {
    type ipv4_addr
  }

  set leases-green {
    typeof ip saddr . @th,336,32
    elements = {
      192.0.2.2 . 0x0a3e0440
    }
  }

  set vteps-green {
    typeof ip saddr . @th,336,32
    elements = {
      192.0.2.2 . 0x0a3e0002
    }
  }

  set sent-on-green {
    typeof ip saddr . @th,368,32
  }

  set dead-green {
    type ipv4_addr
  }

  set adopted-green {
    type ipv4_addr
  }

  set served-green {
    type ipv4_addr
  }

  set pools {
    type ipv4_addr
    flags interval
    elements = {
      10.61.0.0/16,
      10.62.0.0/16
    }
  }

  set links {
    type ifname
    elements = {
      "weft-blue",
      "wbr-blue",
      "weft-green",
      "wbr-green"
    }
  }

  map vnis {
    typeof udp dport . @th,96,24 : verdict
    elements = {
      4789 . 100 : goto peers-blue,
      8472 . 200 : goto peers-green
    }
  }

  set tunnels {
    typeof udp dport . @th,96,24
    elements = {
      4789 . 100,
      8472 . 200
    }
  }

  map origins {
    type ifname : verdict
    elements = {
      "weft-blue" : goto from-blue,
      "wbr-blue" : goto from-blue,
      "weft-green" : goto from-green,
      "wbr-green" : goto from-green
    }
  }

  set within {
    type ifname . ifname
    elements = {
      "wbr-blue" . "weft-blue",
      "weft-blue" . "wbr-blue",
      "wbr-green" . "weft-green",
      "weft-green" . "wbr-green"
    }
  }

  chain input {
    type filter hook input priority filter - 10; policy accept;
    udp dport . @th,96,24 vmap @vnis
    iifname != @links iifname != "lo" ip saddr @pools counter drop comment "to the host without VXLAN"
    iifname @links ip daddr 127.0.0.0/8 ct direction original counter drop comment "to the host's loopback"
  }

  chain peers-blue {
    iifname "wbr-*" counter drop comment "VXLAN sent by an endpoint of this host"
    @th,224,16 != 0x0800 counter drop comment "inner frame is not IPv4"
    ip saddr . @th,336,32 & 0xffffff00 @leases-blue accept
    ip saddr . @th,336,32 @vteps-blue accept
    @th,336,32 & 0xffff0000 0xa3d0000 ip saddr . @th,368,32 & 0xffffff00 @sent-on-blue accept
    @th,336,32 & 0xffff0000 0xa3d0000 ip saddr . @th,368,32 @sent-on-blue accept
    counter drop comment "inner source is not leased to the outer source"
  }

  chain peers-green {
    iifname "wbr-*" counter drop comment "VXLAN sent by an endpoint of this host"
    @th,224,16 != 0x0800 counter drop comment "inner frame is not IPv4"
    ip saddr . @th,336,32 & 0xffffffc0 @leases-green accept
    ip saddr . @th,336,32 @vteps-green accept
    @th,336,32 & 0xffff0000 0xa3e0000 ip saddr . @th,368,32 & 0xffffffc0 @sent-on-green accept
    @th,336,32 & 0xffff0000 0xa3e0000 ip saddr . @th,368,32 @sent-on-green accept
    counter drop comment "inner source is not leased to the outer source"
  }

  chain forward {
    type filter hook forward priority filter - 10; policy accept;
    iifname . oifname @within accept
    iifname vmap @origins
    ip saddr @pools counter drop comment "from outside with a source of the networks"
  }

  chain from-blue {
    ip daddr != @pools udp dport . @th,96,24 @tunnels counter drop comment "VXLAN of the networks, sent by an endpoint"
    oifname != "weft-blue" oifname != "wbr-blue" oifname @links counter drop comment "into another network"
    ip saddr != 10.61.0.0/16 ip saddr @pools counter drop comment "with a source of another network"
    ip daddr != 10.61.0.0/16 ip daddr @pools counter drop comment "to an address of another network"
  }

  chain from-green {
    ip daddr != @pools udp dport . @th,96,24 @tunnels counter drop comment "VXLAN of the networks, sent by an endpoint"
    oifname != "weft-green" oifname != "wbr-green" oifname @links counter drop comment "into another network"
    ip saddr != 10.62.0.0/16 ip saddr @pools counter drop comment "with a source of another network"
    ip daddr != 10.62.0.0/16 ip daddr @pools counter drop comment "to an address of another network"
  }

  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "lo" return
    ip saddr @pools ip daddr != @pools oifname != @links counter masquerade
  }
}
`

/** h1 of two hosts in a network whose packets it also takes, and sends, without VXLAN. */
export const TWO_HOSTS_DIRECTLY = `\
table inet weft {
  set leases-blue {
    typeof ip saddr . @th,336,32
    elements = {
      192.0.2.2 . 0x0a3d0200
    }
  }

  set vteps-blue {
    typeof ip saddr . @th,336,32
    elements = {
      192.0.2.2 . 0x0a3d0002
    }
  }

  set sent-on-blue {
    typeof ip saddr . @th,368,32
  }

  set dead-blue {
    type ipv4_addr
  }

  set adopted-blue {
    type ipv4_addr
  }

  set served-blue {
    type ipv4_addr
  }

  set near-leases-blue {
    type ether_addr . ipv4_addr
    elements = {
      02:00:00:00:01:02 . 10.61.2.0
    }
  }

  set near-vteps-blue {
    type ether_addr . ipv4_addr
    elements = {
      02:00:00:00:01:02 . 10.61.0.2
    }
  }

  set pools {
    type ipv4_addr
    flags interval
    elements = {
      10.61.0.0/16
    }
  }

  set links {
    type ifname
    elements = {
      "weft-blue",
      "wbr-blue"
    }
  }

  map vnis {
    typeof udp dport . @th,96,24 : verdict
    elements = {
      4789 . 100 : goto peers-blue
    }
  }

  set tunnels {
    typeof udp dport . @th,96,24
    elements = {
      4789 . 100
    }
  }

  map origins {
    type ifname : verdict
    elements = {
      "weft-blue" : goto from-blue,
      "wbr-blue" : goto from-blue
    }
  }

  set within {
    type ifname . ifname
    elements = {
      "wbr-blue" . "weft-blue",
      "weft-blue" . "wbr-blue"
    }
  }

  chain input {
    type filter hook input priority filter - 10; policy accept;
    udp dport . @th,96,24 vmap @vnis
    iifname "eth0" ip saddr @pools jump near
    iifname @links ip daddr 127.0.0.0/8 ct direction original counter drop comment "to the host's loopback"
  }

  chain peers-blue {
    iifname "wbr-*" counter drop comment "VXLAN sent by an endpoint of this host"
    @th,224,16 != 0x0800 counter drop comment "inner frame is not IPv4"
    ip saddr . @th,336,32 & 0xffffff00 @leases-blue accept
    ip saddr . @th,336,32 @vteps-blue accept
    @th,336,32 & 0xffff0000 0xa3d0000 ip saddr . @th,368,32 & 0xffffff00 @sent-on-blue accept
    @th,336,32 & 0xffff0000 0xa3d0000 ip saddr . @th,368,32 @sent-on-blue accept
    counter drop comment "inner source is not leased to the outer source"
  }

  chain forward {
    type filter hook forward priority filter - 10; policy accept;
    iifname . oifname @within accept
    iifname "eth0" oifname "wbr-blue" ip daddr 10.61.0.0/16 ether saddr . ip saddr & 255.255.255.0 @near-leases-blue accept
    iifname "wbr-blue" oifname "eth0" ip saddr 10.61.0.0/16 ip daddr 10.61.0.0/16 accept
    iifname vmap @origins
    iifname "eth0" ip saddr @pools jump near
    iifname "eth0" oifname "wbr-blue" ip saddr 10.61.0.0/16 accept
    ip saddr @pools counter drop comment "from outside with a source of the networks"
  }

  chain from-blue {
    oifname "eth0" ip daddr 10.61.0.0/16 ip saddr != 10.61.0.0/16 counter drop comment "to a peer directly, with a source from elsewhere"
    ip daddr != @pools udp dport . @th,96,24 @tunnels counter drop comment "VXLAN of the networks, sent by an endpoint"
    oifname != "weft-blue" oifname != "wbr-blue" oifname @links counter drop comment "into another network"
    ip saddr != 10.61.0.0/16 ip saddr @pools counter drop comment "with a source of another network"
    ip daddr != 10.61.0.0/16 ip daddr @pools counter drop comment "to an address of another network"
  }

  chain near-blue {
    ip daddr != 10.61.0.0/16 counter drop comment "unencapsulated, to an address outside the network"
    ether saddr . ip saddr & 255.255.255.0 @near-leases-blue return
    ether saddr . ip saddr @near-vteps-blue return
    counter drop comment "unencapsulated, with a source that is not leased to the sender"
  }

  chain near-keep {
    type nat hook postrouting priority srcnat - 1; policy accept;
    oifname "eth0" ip saddr @pools ip daddr @pools snat ip to ip saddr
  }

  chain near {
    ip saddr 10.61.0.0/16 goto near-blue
    counter drop comment "from outside with a source of the networks"
  }

  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "lo" return
    ip saddr @pools ip daddr != @pools oifname != @links counter masquerade
  }
}
`

/** Chain of who may send what in a network with two pools. */
export const PEERS_OF_TWO_POOLS = `\
    iifname "wbr-*" counter drop comment "VXLAN sent by an endpoint of this host"
    @th,224,16 != 0x0800 @th,224,16 != 0x86dd counter drop comment "inner frame is not IPv4 or IPv6"
    @th,224,16 0x0800 ip saddr . @th,336,32 & 0xffffff00 @leases-blue accept
    @th,224,16 0x0800 ip saddr . @th,336,32 @vteps-blue accept
    @th,224,16 0x0800 @th,336,32 & 0xffff0000 0xa3d0000 ip saddr . @th,368,32 & 0xffffff00 @sent-on-blue accept
    @th,224,16 0x0800 @th,336,32 & 0xffff0000 0xa3d0000 ip saddr . @th,368,32 @sent-on-blue accept
    @th,224,16 0x86dd ip saddr . @th,304,128 & 0xffffffffffffffff0000000000000000 @leases-blue.6 accept
    @th,224,16 0x86dd ip saddr . @th,304,128 @vteps-blue.6 accept
    @th,224,16 0x86dd @th,304,128 & 0xffffffffffff00000000000000000000 0xfd610000000000000000000000000000 ip saddr . @th,432,128 & 0xffffffffffffffff0000000000000000 @sent-on-blue.6 accept
    @th,224,16 0x86dd @th,304,128 & 0xffffffffffff00000000000000000000 0xfd610000000000000000000000000000 ip saddr . @th,432,128 @sent-on-blue.6 accept
    counter drop comment "inner source is not leased to the outer source"
`
