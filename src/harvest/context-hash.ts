/**
 * Proves that an example's prompt is what the client sent: the digest taken when the request was read, against that of the
 * request as it is stored. Pure but for the hash it is given. It comes before whatever redacts.
 */
import { fail, type Result, succeed } from '../lib/result.ts'
import { digestReceived, type Sha256 } from '../transcript/received.ts'
import type { Transcript } from '../transcript/record.ts'
import type { Example } from './example.ts'
import type { ProvedExample } from './stage.ts'

/** `prompt_unproved`: nothing says what was sent, as in transcripts of older programs. */
export type PromptFault = 'prompt_altered' | 'prompt_unproved'

/** One proof for all choices of a transcript. */
export async function proveRequest(
  { request, received }: Transcript,
  sha256: Sha256,
): Promise<PromptFault | null> {
  // Older programs wrote no such field.
  if (!request || typeof received !== 'string') return 'prompt_unproved'
  return (await digestReceived(request, sha256)) === received ? null : 'prompt_altered'
}

/** An example whose transcript was proved, and whose prompt is the very one of the request. */
export function proveExample(example: Example): Result<ProvedExample, PromptFault> {
  const { request } = example.transcript
  const isOwn = example.prompt === request?.messages
  return isOwn ? succeed(example as ProvedExample) : fail('prompt_altered')
}
