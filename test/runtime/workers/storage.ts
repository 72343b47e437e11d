/** The store of the Worker under test, over its own bindings, and texts that no compression makes small. */
import { env } from 'cloudflare:workers'
import { createD1Database } from '../../../src/database/d1.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import { streamCompression } from '../../../src/lib/compression.ts'
import { createR2Blobs } from '../../../src/transcript/store/r2-blobs.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'

/** Not migrated yet. */
export const database = createD1Database(env.DB)

export const store = createTranscriptStore({
  database,
  blobs: createR2Blobs(env.TRANSCRIPTS),
  compression: streamCompression,
})

/** At least so many bytes at random. */
export function noise(bytes: number): string {
  return Array.from({ length: Math.ceil(bytes / 30_000) }, () => systemRandom.hex(15_000)).join('')
}
