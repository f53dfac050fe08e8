import type { ProgramRecords } from '../programs/program-records.js'
import { ExecChecks } from './exec-check.js'
import { httpCheck } from './http-check.js'
import { tcpCheck } from './tcp-check.js'
import type { RunCheck } from './check-result.js'

/** A connection is there or is not; a server, or a program, may have to look at what it stands for. In ms. */
const CONNECTED_WITHIN = 500
const ANSWERED_WITHIN = 2_000

/** Makes checks of all kinds. @param directory of the programs of `exec` checks */
export function checksIn(directory: string, records: Pick<ProgramRecords, 'add'>): RunCheck {
  const programs = new ExecChecks(directory, ANSWERED_WITHIN, records)
  return (check, address, signal) => {
    if ('tcp' in check) return tcpCheck(address, check.tcp, CONNECTED_WITHIN)
    if ('http' in check) return httpCheck(address, check.http, check.path, ANSWERED_WITHIN)
    return programs.check(check.exec, address, signal)
  }
}
