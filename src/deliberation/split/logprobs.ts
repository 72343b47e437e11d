/**
 * Opens the logprobs of a choice as far as they cover the released text, and no further: tokens of hidden text are hidden text.
 * Pure. One of the few files that open sealed output; where coverage is in doubt, the client gets none.
 */
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { type Opaque, reveal } from '../../lib/opaque.ts'

/** The logprobs whose tokens spell exactly `answer`, with what came before them cut off; null where they do not. */
export function coveringLogprobs(sealed: Opaque<JsonValue>, answer: string): JsonValue {
  const logprobs = reveal(sealed)
  if (!isJsonObject(logprobs)) return null
  const content = tail(logprobs.content, answer)
  // A refusal's tokens are an answer's tokens only where there is a refusal and nothing else.
  return content === null ? null : { content, refusal: null }
}

function tail(tokens: JsonValue | undefined, answer: string): JsonArray | null {
  if (!Array.isArray(tokens) || answer === '') return null
  const list: readonly JsonValue[] = tokens
  let rest = answer
  for (let index = list.length - 1; index >= 0; index--) {
    const token = tokenText(list[index])
    if (token === null || !rest.endsWith(token)) return null
    rest = rest.slice(0, rest.length - token.length)
    if (rest === '') return list.slice(index).map(bare)
  }
  return null
}

function tokenText(token: JsonValue | undefined): string | null {
  return isJsonObject(token) && typeof token.token === 'string' ? token.token : null
}

/** Only the fields of the contract: an unknown one of a provider may hold more than the token. */
function bare(token: JsonValue): JsonObject {
  const { token: text, logprob, bytes, top_logprobs: top } = token as JsonObject
  return {
    token: text ?? '',
    logprob: logprob ?? 0,
    bytes: bytes ?? null,
    top_logprobs: Array.isArray(top)
      ? top.filter(isJsonObject).map((other) => ({
          token: other.token ?? '',
          logprob: other.logprob ?? 0,
          bytes: other.bytes ?? null,
        }))
      : [],
  }
}
