/**
 * Proves that an example's prompt is what the client sent: the digest taken when the request was read, against that of the
 * request as it is stored. Pure but for the hash it is given. It comes before whatever redacts.
 */
import { canonicalJson } from '../../../lib/json.ts'
import { fail, type Result, succeed } from '../../../lib/result.ts'
import { digestReceived, type Sha256 } from '../../../transcript/record/received.ts'
import type { Transcript } from '../../../transcript/record/record.ts'
import { chatViewOf } from '../../../wire/chat-view.ts'
import type { Example } from '../../example.ts'
import type { ProvedExample } from '../../stage.ts'

/**
 * `prompt_unproved`: nothing says what was sent, as in transcripts of older programs. `not_unicode`: what was sent, or a name that
 * a manifest would tell, holds half a character, of which there is no digest.
 */
export type PromptFault = 'prompt_altered' | 'prompt_unproved' | 'not_unicode'

/** One proof for all choices of a transcript. */
export async function proveRequest(
  transcript: Transcript,
  sha256: Sha256,
): Promise<PromptFault | null> {
  const { request, received } = transcript
  if (!request) return 'prompt_unproved'
  const digest = await digestReceived(request, sha256)
  if (digest === null || !namesOf(transcript).every((name) => name.isWellFormed())) {
    return 'not_unicode'
  }
  // Older programs wrote no such field.
  if (typeof received !== 'string') return 'prompt_unproved'
  return digest === received ? null : 'prompt_altered'
}

/** Upstreams name their models as they like. */
function namesOf({ upstream, attempts }: Transcript): readonly string[] {
  const judges = attempts.flatMap(({ verdicts }) => verdicts.map(({ model }) => model))
  return [upstream.model, ...judges]
}

/** An example whose transcript was proved, and whose prompt is the very one of the request. */
export function proveExample(example: Example): Result<ProvedExample, PromptFault> {
  return isOwnPrompt(example) ? succeed(example as ProvedExample) : fail('prompt_altered')
}

/** The very messages of chat; of another contract, what its reader makes of the request, once more. */
function isOwnPrompt({ prompt, transcript }: Example): boolean {
  const view = chatViewOf(transcript)
  if (!view) return false
  return prompt === view.messages || canonicalJson(prompt) === canonicalJson(view.messages)
}
