import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common'
import type { ErrorBody } from '#api'
import { asWeftError, WeftError, type ErrorCode, type Log } from '#core'
import { problemOf } from './problem.js'

/** HTTP statuses of codes; the rest of the request's faults are 400, and what Weft cannot do just now is 503. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  WEFT_NETWORK_UNKNOWN: 404,
  WEFT_ENDPOINT_UNKNOWN: 404,
  WEFT_NETWORK_EXISTS: 409,
  WEFT_NETWORK_IN_USE: 409,
  WEFT_ENDPOINT_EXISTS: 409,
  WEFT_STORE_CONFLICT: 409,
  WEFT_KERNEL_OCCUPIED: 409,
  WEFT_NOT_BUILT: 501,
  WEFT_NOT_READY: 503,
  WEFT_STORE_UNREACHABLE: 503,
  WEFT_STORE_REFUSED: 503,
  WEFT_NETLINK: 500,
  WEFT_STATE_FILE: 500,
  WEFT_INTERNAL: 500,
}

/** The part of an Express response that is used here. */
interface Response {
  status(code: number): { json(body: unknown): void }
}

/** Every error leaves the API as `{error: {code, message, field, hint}}`; only defects leave a stack, in the log. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const error = thrown instanceof HttpException ? new WeftError('WEFT_REQUEST_INVALID', thrown.message) : asWeftError(thrown)
    if (error.code === 'WEFT_INTERNAL') this.log.error('defect in the API', { error: error.message, stack: (thrown as Error).stack })
    const status = thrown instanceof HttpException ? thrown.getStatus() : (STATUS[error.code] ?? 400)
    host
      .switchToHttp()
      .getResponse<Response>()
      .status(status)
      .json({ error: problemOf(error) } satisfies ErrorBody)
  }
}
