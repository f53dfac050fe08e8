import { WeftError } from './weft-error.js'

/**
 * What must be well on the host that holds a floating address: a TCP port of the address that accepts connections, an HTTP server there
 * that answers a GET of the path with 2xx or 3xx, or a program of the host's own that ends with 0. Ports are 1 to 65535.
 */
export type AddressCheck =
  | { readonly tcp: number }
  | { readonly http: number; readonly path: string }
  /** Name of a program in the host's directory of checks, without the directory. */
  | { readonly exec: string }

/** Where programs of checks are unless an agent is told otherwise; people may write it before the name. */
export const CHECKS_DIR = '/etc/weft/checks.d'

/** Visible ASCII as in a request line (RFC 9112 §3.2.1), without a fragment, which is never sent. */
const PATH = /^\/[!"$-~]{0,1023}$/
/** No path, nothing hidden, and nothing that an option could be taken for. */
const PROGRAM = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/

/** Reads `tcp:PORT`, `http:PORT/PATH` (the path may be left out) or `exec:NAME`. @throws WeftError WEFT_VALUE_INVALID */
export function parseCheck(text: string): AddressCheck {
  const [, kind, rest = ''] = /^(tcp|http|exec):(.*)$/s.exec(text) ?? []
  if (kind === 'exec') {
    const name = rest.startsWith(`${CHECKS_DIR}/`) ? rest.slice(CHECKS_DIR.length + 1) : rest
    if (PROGRAM.test(name)) return { exec: name }
  } else if (kind !== undefined) {
    const [, digits = '', path = ''] = /^(\d{1,5})(\/.*)?$/s.exec(rest) ?? []
    const port = Number(digits)
    if (port >= 1 && port <= 65_535) {
      if (kind === 'tcp' && path === '') return { tcp: port }
      if (kind === 'http' && (path === '' || PATH.test(path))) return { http: port, path: path || '/' }
    }
  }
  throw new WeftError('WEFT_VALUE_INVALID', `'${text}' is not a check`, {
    field: 'check',
    hint: `use tcp:PORT, http:PORT/PATH, such as http:8080/health, or exec:NAME for the program ${CHECKS_DIR}/NAME of each host`,
  })
}

/** The check as {@link parseCheck} reads it. */
export function checkText(check: AddressCheck): string {
  if ('tcp' in check) return `tcp:${check.tcp}`
  return 'http' in check ? `http:${check.http}${check.path}` : `exec:${check.exec}`
}
