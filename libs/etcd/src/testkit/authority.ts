import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A certificate authority for one test. */
export interface Authority {
  /** Makes `<name>.crt` and `<name>.key` beside the authority's files, good for 127.0.0.1 as server and client. */
  issue(name: string): Promise<void>
}

/** Makes `<name>.crt` and `<name>.key` of a new authority in a directory. */
export async function makeAuthority(directory: string, name: string): Promise<Authority> {
  const path = (file: string): string => join(directory, file)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const self = ['-x509', '-days', '2', '-subj', `/CN=weft test ${name} ${process.hrtime.bigint()}`]
  await run('openssl', ['req', ...key, ...self, '-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)])
  return {
    issue: async (member) => {
      await run('openssl', ['req', ...key, '-subj', `/CN=${member}`, '-keyout', path(`${member}.key`), '-out', path(`${member}.csr`)])
      writeFileSync(path(`${member}.ext`), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n')
      const from = ['-in', path(`${member}.csr`), '-CA', path(`${name}.crt`), '-CAkey', path(`${name}.key`), '-CAcreateserial']
      await run('openssl', ['x509', '-req', '-days', '2', ...from, '-extfile', path(`${member}.ext`), '-out', path(`${member}.crt`)])
    },
  }
}
