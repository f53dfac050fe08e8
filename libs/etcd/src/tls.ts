import { readFileSync } from 'node:fs'
import { credentials, type ChannelCredentials } from '@grpc/grpc-js'
import { WeftError } from '#core'
import type { TlsFiles } from './options.js'

/** Credentials for connections, made from files as they are now; renewed files are noticed by {@link Tls.changed}. */
export class Tls {
  private used = ''

  constructor(
    private readonly secure: boolean,
    private readonly files: TlsFiles = {},
  ) {}

  /**
   * Credentials for a new connection.
   * @throws WeftError WEFT_CONFIG_VALUE when a file cannot be read or is not what it should be
   */
  credentials(): ChannelCredentials {
    if (!this.secure) return credentials.createInsecure()
    const [ca, cert, key] = this.read()
    this.used = fingerprint([ca, cert, key])
    try {
      return credentials.createSsl(ca ?? null, key ?? null, cert ?? null)
    } catch (cause) {
      throw new WeftError('WEFT_CONFIG_VALUE', 'the TLS files for etcd do not make a usable identity', { field: 'etcd-cert', cause })
    }
  }

  /** True when the files differ from those of the newest credentials; files that cannot be read now are not a change. */
  changed(): boolean {
    if (!this.secure) return false
    try {
      return fingerprint(this.read()) !== this.used
    } catch {
      return false
    }
  }

  private read(): (Buffer | undefined)[] {
    const { caFile, certFile, keyFile } = this.files
    return [
      ['etcd-ca', caFile],
      ['etcd-cert', certFile],
      ['etcd-key', keyFile],
    ].map(([field, file]) => {
      if (file === undefined) return undefined
      try {
        return readFileSync(file)
      } catch (cause) {
        throw new WeftError('WEFT_CONFIG_VALUE', `cannot read ${file}`, { field: String(field), cause })
      }
    })
  }
}

function fingerprint(files: readonly (Buffer | undefined)[]): string {
  return files.map((file) => file?.toString('latin1') ?? '').join('\0')
}
