/** Chat completions, as model servers speak them. Pure. */
import type { Prompt } from '../conversation/model.ts'
import { isJsonObject, type JsonObject } from '../lib/json.ts'
import { inOrder } from '../lib/member-order.ts'
import { messageFromTurn } from '../wire/chat-turns.ts'
import { originalIds } from './call-ids.ts'
import { putBack } from './carried-fields.ts'
import { CompletionDraft } from './completion-draft.ts'
import { bearer, type UpstreamDialect } from './dialect.ts'

export const chatDialect: UpstreamDialect = {
  api: 'chat',
  path: '/chat/completions',
  headers: bearer,
  writeRequest,
  createDraft: (expected) => new CompletionDraft(expected),
}

/** `stream_options` belong to a stream alone, and a stream of ours counts its tokens wherever its server can. */
function writeRequest(prompt: Prompt): JsonObject {
  const { model, turns, parameters, order = [], stream, countsStream = true } = prompt
  const { stream_options: options, ...rest } = parameters
  // By the ids that the client knows: those of the upstream may be of several calls.
  const messages = originalIds(turns).map((turn, at) =>
    putBack(messageFromTurn(turn), turns[at] ?? turn),
  )
  const known = isJsonObject(options) ? options : {}
  const asked = { ...known, ...(countsStream && { include_usage: true }) }
  const isAsked = stream && Object.keys(asked).length > 0
  return inOrder(
    { ...rest, model, messages, stream, ...(isAsked && { stream_options: asked }) },
    order,
  )
}
