/**
 * The request of `POST /v1/chat/completions` as far as the stand-in acts upon it; all else is ignored.
 * No I/O. Known fields are checked, because a model server that accepts anything would hide a gateway's mistakes.
 */
import * as z from 'zod'

const Part = z.looseObject({ type: z.string(), text: z.string().optional() })

const Message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(Part)]).nullish(),
})

const FunctionDefinition = z.looseObject({
  name: z.string(),
  parameters: z.record(z.string(), z.json()).nullish(),
})

const Tool = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('function'), function: FunctionDefinition }),
  z.looseObject({ type: z.literal('custom'), custom: z.looseObject({ name: z.string() }) }),
])

const Named = z.looseObject({ name: z.string() })

const ToolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({ type: z.literal('function'), function: Named }),
  z.looseObject({ type: z.literal('custom'), custom: Named }),
  z.looseObject({
    type: z.literal('allowed_tools'),
    allowed_tools: z.looseObject({
      mode: z.enum(['auto', 'required']),
      tools: z.array(z.looseObject({ function: Named.optional(), custom: Named.optional() })),
    }),
  }),
])

const ResponseFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({
      name: z.string(),
      schema: z.record(z.string(), z.json()).optional(),
    }),
  }),
])

export const CompletionRequest = z.looseObject({
  model: z.string(),
  messages: z.array(Message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.int().min(1).max(128).nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  tools: z.array(Tool).nullish(),
  tool_choice: ToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  functions: z.array(FunctionDefinition).nullish(),
  function_call: z.union([z.enum(['none', 'auto']), z.object({ name: z.string() })]).nullish(),
  response_format: ResponseFormat.nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
})

export type CompletionRequest = z.infer<typeof CompletionRequest>
export type ChatMessage = CompletionRequest['messages'][number]

/** The text of a message, its other parts left out. */
export function textOfMessage(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content
  return (message.content ?? []).map((part) => part.text ?? '').join('\n')
}
