/** How content is packed before it is stored: compressed, and sealed where a key is configured. No I/O. */
import { createSeal, type Seal } from '../../transcript/seal/seal.ts'
import type { TranscriptKey } from '../../transcript/seal/transcript-key.ts'
import type { Packing } from '../../transcript/store/entry.ts'
import type { Platform } from '../platform.ts'
import { problem } from '../variables.ts'

export type PackingOptions = {
  /** Null: content is kept in the clear. */
  readonly key: TranscriptKey | null
  readonly platform: Pick<Platform, 'compression' | 'clock' | 'random' | 'encrypt'>
}

/** @throws Error where the key has the right form, and nobody can have the private one. */
export async function createPacking({ key, platform }: PackingOptions): Promise<Packing> {
  const { compression } = platform
  return key ? { ...compression, seal: await sealOf(key, platform) } : compression
}

async function sealOf(
  key: TranscriptKey,
  { clock, random, encrypt }: PackingOptions['platform'],
): Promise<Seal> {
  try {
    return await createSeal({ key, clock, random, ...(encrypt && { encrypt }) })
  } catch {
    // Of the right form, and still no point of its curve.
    const wants = 'a public key that somebody has the private one of'
    throw new Error(`Cannot start: ${problem('TRANSCRIPT_KEY', JSON.stringify(key), wants)}`)
  }
}
