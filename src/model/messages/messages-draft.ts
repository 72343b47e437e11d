/**
 * A reply of the Messages contract put together, from a whole body or from events, and read as the chat completion it would be.
 * No I/O. Thinking is reasoning here, whatever it says.
 */
import type { ModelFailure } from '../../conversation/model.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { withItems } from '../carried-fields.ts'
import { CompletionDraft } from '../completion-draft.ts'
import type { FinishOptions, ModelReply, ReplyDraft } from '../dialect.ts'
import type { Expectation } from '../expectation.ts'
import { countOf, listField, textOf } from '../fields.ts'
import { refusedWithin } from '../refused-call.ts'

/** More blocks than any answer has, and more pieces than any block. */
const MAX_ENTRIES = 1 << 18

const FINISH: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
}

/** The field of a delta that holds its piece, and the type of block that it is a piece of, by the delta's type. */
const PIECES: Readonly<Record<string, { readonly field: string; readonly of: string }>> = {
  text_delta: { field: 'text', of: 'text' },
  thinking_delta: { field: 'thinking', of: 'thinking' },
  input_json_delta: { field: 'partial_json', of: 'tool_use' },
}

type BlockDraft = { readonly block: JsonObject; readonly pieces: string[]; signature?: string }

export class MessagesDraft implements ReplyDraft {
  readonly #completion: CompletionDraft
  readonly #blocks = new Map<number, BlockDraft>()
  readonly #strayThoughts: string[] = []
  #message: JsonObject = {}
  #usage: JsonObject = {}
  #stop: JsonValue = null
  #sequence: JsonValue = null
  #entries = 0
  #hasEnded = false

  constructor(expected: Expectation) {
    this.#completion = new CompletionDraft(expected)
  }

  get failure(): ModelFailure | null {
    return this.#completion.failure
  }

  get hasBegun(): boolean {
    return this.#blocks.size > 0
  }

  get isComplete(): boolean {
    return this.#hasEnded
  }

  isAnswer({ content }: JsonObject): boolean {
    return Array.isArray(content)
  }

  add(object: JsonObject, kind: 'piece' | 'whole'): void {
    if (isJsonObject(object.error)) this.fail(refusedWithin(object.error))
    else if (kind === 'whole') this.#whole(object)
    else this.#event(object)
  }

  done(): void {}

  fail(failure: ModelFailure): void {
    this.#completion.fail(failure)
  }

  finish(options: FinishOptions): Result<ModelReply, ModelFailure> {
    if (this.failure) return fail(this.failure)
    if (!this.#hasEnded && this.#stop === null) return fail({ reason: 'model_cut' })
    const drafts = this.#inOrder()
    this.#completion.add(this.#asCompletion(drafts), 'whole')
    const reply = this.#completion.finish({ ...options, wasStream: false })
    return reply.ok ? succeed(withItems(reply.value, drafts.flatMap(thoughtOf))) : reply
  }

  #whole(message: JsonObject): void {
    this.#begin(message)
    for (const [index, block] of listField(message.content).filter(isJsonObject).entries()) {
      this.#blocks.set(index, { block, pieces: [] })
    }
    this.#stop = message.stop_reason ?? null
    this.#sequence = message.stop_sequence ?? null
    this.#hasEnded = true
  }

  #begin(message: JsonObject): void {
    this.#message = message
    if (isJsonObject(message.usage)) this.#usage = message.usage
  }

  #event(event: JsonObject): void {
    this.#entries++
    if (this.#entries > MAX_ENTRIES) {
      this.fail({ reason: 'model_unreadable', detail: 'too_many_entries' })
      return
    }
    const { type, message, delta, usage, content_block: block } = event
    if (type === 'message_start' && isJsonObject(message)) this.#begin(message)
    else if (type === 'content_block_start' && isJsonObject(block)) {
      this.#blocks.set(countOf(event.index) ?? this.#blocks.size, { block, pieces: [] })
    } else if (type === 'content_block_delta' && isJsonObject(delta)) this.#grow(event.index, delta)
    else if (type === 'message_delta') {
      if (isJsonObject(delta)) {
        this.#stop = delta.stop_reason ?? this.#stop
        this.#sequence = delta.stop_sequence ?? this.#sequence
      }
      // Counts are of the whole message so far.
      if (isJsonObject(usage)) this.#usage = { ...this.#usage, ...usage }
    } else if (type === 'message_stop') this.#hasEnded = true
  }

  #grow(index: JsonValue | undefined, delta: JsonObject): void {
    const type = textOf(delta.type) ?? ''
    const draft = this.#blocks.get(countOf(index) ?? 0)
    if (draft && typeof delta.signature === 'string') {
      draft.signature = (draft.signature ?? '') + delta.signature
    }
    const piece = Object.hasOwn(PIECES, type) ? PIECES[type] : undefined
    const text = piece ? textOf(delta[piece.field]) : null
    if (!piece || text === null) return
    // Whatever a server announced, a thought is no word of the answer.
    if (piece.of === 'thinking' && draft?.block.type !== 'thinking') this.#strayThoughts.push(text)
    else if (draft) draft.pieces.push(text)
    else this.#blocks.set(countOf(index) ?? 0, { block: { type: piece.of }, pieces: [text] })
  }

  #inOrder(): readonly BlockDraft[] {
    return [...this.#blocks].sort(([one], [other]) => one - other).map(([, draft]) => draft)
  }

  #asCompletion(drafts: readonly BlockDraft[]): JsonObject {
    const textIn = (wanted: string, field: string) =>
      drafts
        .filter(({ block }) => block.type === wanted)
        .map(({ block, pieces }) => (textOf(block[field]) ?? '') + pieces.join(''))
    const texts = textIn('text', 'text')
    const told = [...textIn('thinking', 'thinking'), this.#strayThoughts.join('')]
    const thoughts = told.filter((text) => text !== '')
    const stop = textOf(this.#stop) ?? ''
    return {
      id: this.#message.id ?? null,
      model: this.#message.model ?? null,
      usage: usageOf(this.#usage),
      choices: [
        {
          index: 0,
          finish_reason: (Object.hasOwn(FINISH, stop) && FINISH[stop]) || stop || 'stop',
          stop_reason: this.#sequence,
          message: {
            role: 'assistant',
            content: texts.length > 0 ? texts.join('') : null,
            ...(thoughts.length > 0 && { reasoning_content: thoughts.join('\n') }),
            tool_calls: drafts.filter(({ block }) => block.type === 'tool_use').map(callOf),
          },
        },
      ],
    }
  }
}

/** A block of thinking as it has to come back: whole, and signed as it was. */
function thoughtOf({ block, pieces, signature }: BlockDraft): readonly JsonObject[] {
  if (block.type === 'redacted_thinking') return [block]
  if (block.type !== 'thinking') return []
  const thinking = (textOf(block.thinking) ?? '') + pieces.join('')
  return [{ ...block, thinking, signature: signature ?? block.signature ?? '' }]
}

function callOf({ block, pieces }: BlockDraft): JsonObject {
  const { id = null, name = null, input = {} } = block
  const written = pieces.length > 0 ? pieces.join('') : JSON.stringify(input)
  return { id, type: 'function', function: { name, arguments: written } }
}

/** What was read from a cache, and what was written to one, is counted apart here, and within the prompt in chat. */
function usageOf(usage: JsonObject): JsonObject | null {
  const input = countOf(usage.input_tokens)
  const output = countOf(usage.output_tokens)
  if (input === null && output === null) return null
  const read = countOf(usage.cache_read_input_tokens)
  const written = countOf(usage.cache_creation_input_tokens)
  return {
    prompt_tokens: (input ?? 0) + (read ?? 0) + (written ?? 0),
    completion_tokens: output ?? 0,
    prompt_tokens_details: {
      ...(read !== null && { cached_tokens: read }),
      ...(written !== null && { cache_write_tokens: written }),
    },
  }
}
