/** The seal of the configured key: for whatever writes transcripts. No I/O. */
import type { Clock, Random } from '../lib/clock.ts'
import { createSeal, type Encrypt, type Seal } from '../transcript/seal/seal.ts'
import type { TranscriptKey } from '../transcript/seal/transcript-key.ts'
import { problem } from './variables.ts'

export type SealPorts = {
  readonly clock: Clock
  readonly random: Random
  /** The platform's WebCrypto when left out. */
  readonly encrypt?: Encrypt
}

/** @throws Error where the key has the right form, and nobody can have the private one. */
export async function openSeal(
  key: TranscriptKey,
  { clock, random, encrypt }: SealPorts,
): Promise<Seal> {
  try {
    return await createSeal({ key, clock, random, ...(encrypt && { encrypt }) })
  } catch {
    // Of the right form, and still no point of its curve.
    const wants = 'a public key that somebody has the private one of'
    throw new Error(`Cannot start: ${problem('TRANSCRIPT_KEY', JSON.stringify(key), wants)}`)
  }
}
