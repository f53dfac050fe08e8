import * as z from 'zod'
import { parseHostId, type HostId } from '#core'
import { parsed, StateFile } from './state-file.js'

const CONTENT = z.object({ format: z.literal(1).default(1), host: parsed(parseHostId) })

/** The name that this host went by when it was last registered (state-dir/host.json): what tells a renamed host from a new one. */
export class HostFile {
  private readonly file: StateFile<z.infer<typeof CONTENT>>

  constructor(path: string) {
    const hint = 'mend the file, {"format":1,"host":"NAME"} with the name that this host had last; or remove it when that is its name now'
    this.file = new StateFile(path, CONTENT, hint, 0)
  }

  /**
   * @returns undefined when the host was never registered
   * @throws WeftError WEFT_STATE_FILE when the file is there and cannot be understood: a host that forgets its name leaves its subnets
   * behind
   */
  load(): HostId | undefined {
    return this.file.load()?.host
  }

  /** @throws WeftError WEFT_STATE_FILE */
  save(host: HostId): void {
    this.file.save({ format: 1, host })
  }
}
