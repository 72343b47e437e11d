/** A short run of the splitter's fuzzer; longer ones are run by hand with the same script. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const STREAMS = 20_000

test.each([11, 12])(
  'no fuzzed stream of seed %i shows reasoning or depends on its cuts',
  async (seed) => {
    const script = ['scripts/fuzz-splitter.ts', String(STREAMS), String(seed)]
    const { stdout } = await promisify(execFile)(process.execPath, script)
    expect(stdout).toContain(`${STREAMS} streams`)
  },
)
