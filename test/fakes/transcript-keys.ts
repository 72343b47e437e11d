/** Key pairs of data teams, and readers that hold the private part. */
import { exportJWK, generateKeyPair } from 'jose'
import type { Compression } from '../../src/lib/compression.ts'
import type { Transcript } from '../../src/transcript/record/record.ts'
import { createOpen, openTranscript } from '../../src/transcript/seal/open.ts'
import {
  type PrivateTranscriptKey,
  privateTranscriptKeySchema,
  type TranscriptKey,
} from '../../src/transcript/seal/transcript-key.ts'
import type { StoredTranscript } from '../../src/transcript/store/store.ts'

export type KeyPair = {
  readonly publicKey: TranscriptKey
  readonly privateKey: PrivateTranscriptKey
}

export async function createKeyPair(crv: TranscriptKey['crv'] = 'X25519'): Promise<KeyPair> {
  const pair = await generateKeyPair('ECDH-ES', { crv, extractable: true })
  const privateKey = privateTranscriptKeySchema.parse(await exportJWK(pair.privateKey))
  const { d: _secret, ...publicKey } = privateKey
  return { publicKey, privateKey }
}

/** What a stored transcript says to those who hold the key. */
export async function openStored(
  stored: StoredTranscript | null,
  privateKey: PrivateTranscriptKey,
  compression: Compression,
): Promise<Transcript | string> {
  if (!stored || stored.sealed === null) return 'not sealed'
  const open = await createOpen([privateKey])
  const opened = await openTranscript(
    { id: stored.row.id, sealed: stored.sealed },
    { open, compression },
  )
  return opened.ok ? opened.value : opened.failure.reason
}
