/**
 * The response object: what was asked, as far as the contract repeats it, and what came of it. Pure.
 * All keys that the contract or Open Responses knows are there; null stands for what there is none of.
 */
import type { Released } from '../../conversation/outcome.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { AnswerFrame } from '../door.ts'
import { frameFields } from '../released-fields.ts'
import { incompleteReason, outputItems } from './output-items.ts'

/** What a response repeats of its request, with the contract's own defaults for what was not said. */
export function repeatedFields(body: JsonObject): JsonObject {
  return {
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    tools: (Array.isArray(body.tools) ? body.tools : []).map(repeatTool),
    tool_choice: body.tool_choice ?? 'auto',
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    text: repeatText(body.text),
    reasoning: repeatReasoning(body.reasoning),
    temperature: body.temperature ?? 1,
    top_p: body.top_p ?? 1,
    presence_penalty: body.presence_penalty ?? 0,
    frequency_penalty: body.frequency_penalty ?? 0,
    top_logprobs: body.top_logprobs ?? 0,
    store: body.store ?? true,
    truncation: body.truncation ?? 'disabled',
    metadata: body.metadata ?? {},
    safety_identifier: body.safety_identifier ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    prompt_cache_retention: body.prompt_cache_retention ?? null,
    ...(typeof body.user === 'string' && { user: body.user }),
    background: false,
    conversation: null,
    previous_response_id: body.previous_response_id ?? null,
    prompt: null,
    moderation: null,
  }
}

/** The object of a response that has ended. */
export function responseObject(
  released: Released,
  repeated: JsonObject,
  frame: AnswerFrame,
): JsonObject {
  const [choice] = released.choices
  const reason = choice ? incompleteReason(choice.answer) : null
  return {
    ...frameOf(released, frame),
    status: reason === null ? 'completed' : 'incomplete',
    completed_at: reason === null ? frame.completed : null,
    incomplete_details: reason === null ? null : { reason },
    output: outputItems(released, frame),
    usage: writeUsage(released),
    ...repeated,
  }
}

function frameOf(released: Released, { id, created }: AnswerFrame): JsonObject {
  const { model, service_tier: tier = 'default' } = frameFields(released)
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: created,
    model: model ?? '',
    service_tier: tier,
    error: null,
  }
}

/** The contract has both details with every count: what no upstream told is none. */
function writeUsage({ usage }: Released): JsonObject {
  const { promptTokens, completionTokens, reasoningTokens, promptDetails } = usage
  return {
    input_tokens: promptTokens,
    input_tokens_details: {
      cached_tokens: promptDetails.cached_tokens ?? 0,
      cache_write_tokens: promptDetails.cache_write_tokens ?? 0,
    },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens ?? 0 },
    total_tokens: promptTokens + completionTokens,
  }
}

function repeatTool(tool: JsonValue): JsonValue {
  if (!isJsonObject(tool) || tool.type !== 'function') return tool
  const { description = null, parameters = null, strict = null } = tool
  return { ...tool, description, parameters, strict }
}

function repeatText(text: JsonValue | undefined): JsonObject {
  const asked = isJsonObject(text) ? text : {}
  const { format, verbosity = null } = asked
  return { format: format ?? { type: 'text' }, ...(verbosity !== null && { verbosity }) }
}

/** No summary is ever given, whatever was asked for. */
function repeatReasoning(reasoning: JsonValue | undefined): JsonObject {
  const effort = isJsonObject(reasoning) ? (reasoning.effort ?? null) : null
  return { effort, summary: null }
}
