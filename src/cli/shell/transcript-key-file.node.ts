/**
 * The data team's private keys, out of the file that --key names: one key, or a set where keys were changed over time. Reads a
 * file. Nothing of a key is ever printed.
 */
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { parseJson } from '../../lib/json.ts'
import { createOpen, type Open } from '../../transcript/seal/open.ts'
import { privateTranscriptKeySchema } from '../../transcript/seal/transcript-key.ts'
import type { Options } from './declare-command.ts'
import { UsageError } from './io.ts'

/** How commands are told with what to open transcripts. */
export const TRANSCRIPT_KEY_OPTION = {
  key: {
    takes: 'FILE',
    says: 'The private key that opens sealed transcripts, or a set of them; it stays on this machine',
  },
} as const satisfies Options

const fileSchema = z.union([
  z.object({ keys: z.array(privateTranscriptKeySchema).min(1) }).transform(({ keys }) => keys),
  privateTranscriptKeySchema.transform((key) => [key]),
])

/** Opens with the keys of a file; null where none is named. @throws UsageError where it holds none. */
export async function readTranscriptKeys(file: string | undefined): Promise<Open | null> {
  if (file === undefined) return null
  const json = parseJson(readText(file))
  const read = fileSchema.safeParse(json.ok ? json.value : null)
  if (!read.success) {
    throw new UsageError(
      `Name with --key a private key as \`chambers keys keypair --for transcripts\` makes it, or a set of them: ${file}`,
    )
  }
  return createOpen(read.data)
}

/** What to say where transcripts are sealed and no key was given. */
export const KEY_WANTED =
  'Give the private key with --key FILE: these transcripts are sealed for the data team'

/** What to say where none of the keys was the one. */
export const OTHER_KEY_WANTED =
  'Give the right private key with --key FILE: these transcripts are sealed for another one'

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`Name a file that can be read with --key: ${file}`)
  }
}
