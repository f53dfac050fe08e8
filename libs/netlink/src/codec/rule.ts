import { prefixAddress, prefixLength, type Prefix } from '#core'
import { WEFT_PROTOCOL, type Rule, type RuleAction } from '#plan'
import * as fr from '../abi/fib-rules.js'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST } from '../abi/netlink.js'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../abi/socket.js'
import { Attributes } from './attributes.js'
import type { MessageWriter } from './message-writer.js'
import { requireFixedPart, type MessageView } from './messages.js'

/** A rule of whatever owner. */
export interface RuleInfo {
  readonly rule: Rule
  readonly protocol: number
}

/** Writes a rule; answered by EEXIST when the very same is there. */
export function writeRule(writer: MessageWriter, rule: Rule): void {
  write(writer, fr.RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule)
}

/** Deletes the rule only if it bears Weft's protocol number. */
export function writeRuleDelete(writer: MessageWriter, rule: Rule): void {
  write(writer, fr.RTM_DELRULE, 0, rule)
}

export function writeRuleDump(writer: MessageWriter): void {
  writer.begin(fr.RTM_GETRULE, NLM_F_REQUEST | NLM_F_DUMP)
  writer.bytes4(AF_UNSPEC, 0, 0, 0)
  writer.u32(0)
  writer.u32(0)
  writer.end()
}

const attributes = new Attributes()

/** Reads an RTM_NEWRULE; undefined for one of another family than those of IP. @throws WeftError WEFT_NETLINK */
export function decodeRule(message: MessageView): RuleInfo | undefined {
  requireFixedPart(message, fr.FIB_RULE_HDR_SIZE)
  const { view, start } = message
  const family = view.getUint8(start)
  if (family !== AF_INET && family !== AF_INET6) return undefined
  attributes.read(message.bytes, view, start + fr.FIB_RULE_HDR_SIZE, message.end)
  const rule: Rule = {
    kind: 'rule',
    ...(family === AF_INET6 ? { family: 6 } : {}),
    priority: attributes.u32Or(fr.FRA_PRIORITY, 0),
    ...(attributes.has(fr.FRA_SRC) ? { from: prefix(fr.FRA_SRC, view.getUint8(start + 2)) } : {}),
    ...(attributes.has(fr.FRA_DST) ? { to: prefix(fr.FRA_DST, view.getUint8(start + 1)) } : {}),
    ...(attributes.has(fr.FRA_FWMARK) ? { mark: attributes.u32(fr.FRA_FWMARK) } : {}),
    ...(attributes.has(fr.FRA_IIFNAME) ? { iif: attributes.text(fr.FRA_IIFNAME) } : {}),
    action: actionOf(view.getUint8(start + 7), attributes.u32Or(fr.FRA_TABLE, view.getUint8(start + 4))),
  }
  return { rule, protocol: attributes.has(fr.FRA_PROTOCOL) ? attributes.u8(fr.FRA_PROTOCOL) : 0 }
}

function prefix(type: number, length: number): Prefix {
  return `${attributes.ip(type)}/${length}` as Prefix
}

function actionOf(action: number, table: number): RuleAction {
  switch (action) {
    case fr.FR_ACT_GOTO:
      return { type: 'goto', priority: attributes.u32Or(fr.FRA_GOTO, 0) }
    case fr.FR_ACT_NOP:
      return { type: 'nop' }
    case fr.FR_ACT_BLACKHOLE:
      return { type: 'blackhole' }
    default:
      return { type: 'lookup', table }
  }
}

const ACTIONS: Readonly<Record<RuleAction['type'], number>> = {
  goto: fr.FR_ACT_GOTO,
  nop: fr.FR_ACT_NOP,
  blackhole: fr.FR_ACT_BLACKHOLE,
  lookup: fr.FR_ACT_TO_TBL,
}

function write(writer: MessageWriter, type: number, flags: number, { family, priority, from, to, mark, iif, action }: Rule): void {
  writer.begin(type, NLM_F_REQUEST | flags)
  writer.bytes4(family === 6 ? AF_INET6 : AF_INET, to === undefined ? 0 : prefixLength(to), from === undefined ? 0 : prefixLength(from), 0)
  writer.bytes4(0, 0, 0, ACTIONS[action.type])
  writer.u32(0)
  writer.attributeU32(fr.FRA_PRIORITY, priority)
  if (to !== undefined) writer.attributeIp(fr.FRA_DST, prefixAddress(to))
  if (from !== undefined) writer.attributeIp(fr.FRA_SRC, prefixAddress(from))
  if (iif !== undefined) writer.attributeText(fr.FRA_IIFNAME, iif)
  if (mark !== undefined) {
    writer.attributeU32(fr.FRA_FWMARK, mark)
    writer.attributeU32(fr.FRA_FWMASK, mark)
  }
  if (action.type === 'goto') writer.attributeU32(fr.FRA_GOTO, action.priority)
  if (action.type === 'lookup') writer.attributeU32(fr.FRA_TABLE, action.table)
  writer.attributeU8(fr.FRA_PROTOCOL, WEFT_PROTOCOL)
  writer.end()
}
