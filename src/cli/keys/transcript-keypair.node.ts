/**
 * `chambers keys keypair --for transcripts`: the key pair of a data team. Gateways get the public key as TRANSCRIPT_KEY, seal
 * transcripts for it and cannot read them again; whoever loses the private key has lost them.
 */
import { exportJWK, generateKeyPair } from 'jose'
import {
  privateTranscriptKeySchema,
  type TranscriptKey,
} from '../../transcript/seal/transcript-key.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { writeNewKey } from '../shell/write-new-key.node.ts'

const ALGORITHM = 'ECDH-ES'
export const CURVES = ['X25519', 'P-256'] as const

export type TranscriptKeypairOptions = {
  readonly out: string
  readonly alg: string | undefined
  readonly curve: string | undefined
}

export async function transcriptKeypair(
  { out, alg = ALGORITHM, curve = CURVES[0] }: TranscriptKeypairOptions,
  io: Io,
): Promise<number> {
  if (alg !== ALGORITHM) throw new UsageError(`Set --alg to ${ALGORITHM}: ${alg}`)
  const crv = CURVES.find((one) => one === curve)
  if (!crv) throw new UsageError(`Set --curve to ${CURVES.join(' or ')}: ${curve}`)
  const pair = await generateKeyPair(ALGORITHM, { crv, extractable: true })
  const privateKey = privateTranscriptKeySchema.parse(await exportJWK(pair.privateKey))
  const { d: _secret, ...publicKey } = privateKey
  writeNewKey(out, `${JSON.stringify(privateKey)}\n`)
  io.stdout(io.json ? `${JSON.stringify(publicKey)}\n` : `${lineOf(publicKey)}\n`)
  if (!io.json) {
    io.stderr(
      `Wrote the private key to ${out}: without it nobody reads what is sealed, so keep it safe, and away from the gateway\n`,
    )
  }
  return 0
}

/** Ready for a shell or a file of variables: nothing in a key ends the quotes. */
function lineOf(key: TranscriptKey): string {
  return `TRANSCRIPT_KEY='${JSON.stringify(key)}'`
}
