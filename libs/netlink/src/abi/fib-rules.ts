/** Rules of policy routing (include/uapi/linux/fib_rules.h, rtnetlink.h). */

export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33
export const RTM_GETRULE = 34
export const RTNLGRP_IPV4_RULE = 8
export const RTNLGRP_IPV6_RULE = 19

/** struct fib_rule_hdr. */
export const FIB_RULE_HDR_SIZE = 12
export const FRA_DST = 1
export const FRA_SRC = 2
export const FRA_IIFNAME = 3
export const FRA_GOTO = 4
export const FRA_PRIORITY = 6
export const FRA_FWMARK = 10
export const FRA_TABLE = 15
export const FRA_FWMASK = 16
export const FRA_PROTOCOL = 21

export const FR_ACT_TO_TBL = 1
export const FR_ACT_GOTO = 2
export const FR_ACT_NOP = 3
export const FR_ACT_BLACKHOLE = 6
