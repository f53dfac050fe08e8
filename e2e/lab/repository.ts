import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout that this file was built in (it stands in dist/e2e/lab). */
export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

/** Where the bundled programs are. */
export const BIN = join(REPOSITORY, 'dist/bin')

/** Where the evidence of failed scenarios goes; git-ignored. */
export const RESULTS = join(REPOSITORY, 'e2e-results')
