import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { WeftError, type Ip } from '#core'

const run = promisify(execFile)

/** Days for which the authority, and what it signs, is good. */
const VALID = { authority: 3650, certificate: 1095 }

/** What a certificate is for. */
export interface Subject {
  /** Common name; etcd takes it for the user. */
  readonly name: string
  /** Addresses at which a server shows it; none for one who only asks. */
  readonly addresses: readonly Ip[]
}

/** A small certificate authority in a directory: `ca.crt`, `ca.key`, and beside them what it has signed. openssl does the work. */
export class Authority {
  constructor(readonly directory: string) {}

  /** Makes authority and key. @throws WeftError WEFT_SETUP */
  async make(name: string): Promise<void> {
    await aside(this.directory, async (path) => {
      const extensions = ['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']
      const self = ['-x509', '-days', String(VALID.authority), '-subj', `/CN=${name}`, ...extensions]
      await openssl('req', ...NEW_KEY, ...self, '-keyout', path('ca.key'), '-out', path('ca.crt'))
      return ['ca.key', 'ca.crt']
    })
  }

  /**
   * Makes a certificate and its key, in the place of those that are there.
   * @param as path of both, without `.crt` and `.key`
   * @throws WeftError WEFT_SETUP
   */
  async issue(as: string, { name, addresses }: Subject): Promise<void> {
    await aside(dirname(as), async (path) => {
      const [key, crt] = [`${basename(as)}.key`, `${basename(as)}.crt`]
      await openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', path(key), '-out', path('request'))
      const lines = [
        'basicConstraints=critical,CA:FALSE',
        'keyUsage=critical,digitalSignature',
        // etcd is a client, too: of itself, and of other members.
        `extendedKeyUsage=${addresses.length > 0 ? 'serverAuth,' : ''}clientAuth`,
        ...(addresses.length > 0 ? [`subjectAltName=${addresses.map((address) => `IP:${address}`).join(',')}`] : []),
      ]
      await writeFile(path('extensions'), `${lines.join('\n')}\n`)
      const signer = ['-CA', join(this.directory, 'ca.crt'), '-CAkey', join(this.directory, 'ca.key')]
      const serial = ['-set_serial', `0x${randomBytes(16).toString('hex')}`, '-days', String(VALID.certificate)]
      await openssl('x509', '-req', '-in', path('request'), ...signer, ...serial, '-extfile', path('extensions'), '-out', path(crt))
      return [key, crt]
    })
  }
}

/** Lets files be made elsewhere and moves those that are named to their place when all are done: a failure leaves nothing half-made. */
async function aside(place: string, make: (path: (name: string) => string) => Promise<string[]>): Promise<void> {
  const directory = await mkdtemp(join(place, '.new-'))
  try {
    for (const name of await make((file) => join(directory, file))) {
      await chmod(join(directory, name), name.endsWith('.key') ? 0o600 : 0o644)
      await rename(join(directory, name), join(place, name))
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const

async function openssl(...words: string[]): Promise<void> {
  try {
    await run('openssl', words, { timeout: 30_000 })
  } catch (cause) {
    const { code, stderr = '' } = cause as NodeJS.ErrnoException & { stderr?: string }
    if (code === 'ENOENT')
      throw new WeftError('WEFT_SETUP', 'there is no openssl to make certificates with', { hint: 'apt install openssl', cause })
    throw new WeftError('WEFT_SETUP', `openssl ${words[0]} failed: ${stderr.trim().split('\n').at(-1) ?? ''}`, { cause })
  }
}
