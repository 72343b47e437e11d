/**
 * Finds what asks for a message to be gone on from where none can be: by a mark on the message (DeepSeek, Mistral), or by a
 * parameter (vLLM, SGLang). Pure. Instructions follow every message but words of the assistant's that come last.
 */
import type { ChatRequest } from './chat-request.ts'
import type { RequestFault } from './door.ts'

export function badContinuation({ body, messages }: ChatRequest): RequestFault | null {
  const last = messages.at(-1)
  const isBegun = last?.role === 'assistant' && !last.tool_calls && Boolean(last.content)
  const marked = messages.findIndex((message) => {
    return message.prefix === true && !(isBegun && message === last)
  })
  if (marked >= 0) return refuse(`messages[${marked}].prefix`)
  return body.continue_final_message === true && !isBegun ? refuse('continue_final_message') : null
}

function refuse(param: string): RequestFault {
  return {
    param,
    message: `Leave ${param} out: only words of the assistant's that come last can be gone on from`,
  }
}
