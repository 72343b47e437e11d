import { describe, expect, it } from 'vitest'
import type { Answer, Released } from '../../../src/conversation/outcome.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { type ChunkOptions, chatChunks } from '../../../src/wire/chat-chunks.ts'
import { chatCompletion } from '../../../src/wire/chat-completion.ts'
import { piecesOf } from '../../../src/wire/pieces.ts'
import { openAiContract } from '../../fakes/openapi.ts'
import { ANSWERS, answerOf, CUSTOM_CALL, releasedOf, text, token } from './answers.ts'

const contract = openAiContract()
const FRAME = { id: 'chatcmpl-1', created: 1_700_000_000 }

const chunksOf = (released: Released, options: Partial<ChunkOptions> = {}) => [
  ...chatChunks(released, { ...FRAME, includeUsage: false, ...options }),
]
const of = (answer: Answer, options?: Partial<ChunkOptions>) =>
  chunksOf(releasedOf([answer]), options)

type Call = { index: number; function: { arguments: string } }
type Delta = {
  role?: string
  content?: string | null | undefined
  refusal?: string | null | undefined
  tool_calls?: readonly Call[]
  function_call?: { name?: string; arguments: string }
}
type Choice = {
  index: number
  delta: Delta
  logprobs: { content: readonly JsonObject[] | null; refusal: readonly JsonObject[] | null } | null
  finish_reason: string | null
}

const choicesOf = (chunks: readonly JsonObject[]) =>
  chunks.flatMap((chunk) => chunk.choices as unknown as readonly Choice[])
const deltasOf = (chunks: readonly JsonObject[]) => choicesOf(chunks).map(({ delta }) => delta)

const added = (before: string | null | undefined, piece: string | null | undefined) =>
  piece === undefined ? before : piece && (before ?? '') + piece

/** Puts the chunks of one choice together again, as clients do. */
function assemble(chunks: readonly JsonObject[], index: number) {
  const message: { [name: string]: unknown } = {}
  const calls: Omit<Call, 'index'>[] = []
  const legacy = { name: '', arguments: '' }
  const tokens: JsonObject[] = []
  let spoken: Delta = {}
  let finish: string | null = null
  for (const choice of choicesOf(chunks).filter((item) => item.index === index)) {
    const { tool_calls = [], function_call, content, refusal, ...rest } = choice.delta
    spoken = { content: added(spoken.content, content), refusal: added(spoken.refusal, refusal) }
    for (const { index: at, ...call } of tool_calls) {
      const known = calls[at]
      if (known) known.function.arguments += call.function.arguments
      else calls[at] = structuredClone(call)
    }
    legacy.name += function_call?.name ?? ''
    legacy.arguments += function_call?.arguments ?? ''
    Object.assign(message, rest)
    tokens.push(...(choice.logprobs?.content ?? []))
    finish = choice.finish_reason ?? finish
  }
  Object.assign(message, spoken, calls.length > 0 && { tool_calls: calls })
  if (legacy.name) message.function_call = legacy
  const logprobs = tokens.length > 0 ? { content: tokens, refusal: null } : null
  return { index, message, logprobs, finish_reason: finish }
}

describe('a stream', () => {
  it('begins with the role, goes on with text, and ends with the finish reason', () => {
    const frame = { service_tier: 'default', system_fingerprint: 'fp_1', model: 'gpt-test' }
    const chunk = (delta: JsonObject, finish_reason: string | null = null) => ({
      ...FRAME,
      ...frame,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    })
    expect(of(answerOf([text('Hello')]))).toEqual([
      chunk({ role: 'assistant', content: '', refusal: null }),
      chunk({ content: 'Hello' }),
      chunk({}, 'stop'),
    ])
  })

  it('sends index, id and name of a call first, then its arguments', () => {
    expect(deltasOf(of(ANSWERS['one call'] ?? answerOf([]))).slice(1, 3)).toEqual([
      {
        tool_calls: [
          { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } },
        ],
      },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] },
    ])
  })

  it('sends a custom call with its input', () => {
    expect(deltasOf(of(CUSTOM_CALL)).slice(1, 3)).toEqual([
      {
        tool_calls: [
          { index: 0, id: 'call_3', type: 'custom', custom: { name: 'sql', input: '' } },
        ],
      },
      { tool_calls: [{ index: 0, custom: { input: 'select 1' } }] },
    ])
  })

  it('carries the usage in a last chunk without choices when asked, null before it', () => {
    const chunks = of(answerOf([text('a')]), { includeUsage: true })
    expect(chunks.map(({ usage }) => usage)).toEqual([
      null,
      null,
      null,
      expect.objectContaining({ total_tokens: 18 }),
    ])
    expect(chunks.at(-1)?.choices).toEqual([])
  })

  it('has no usage when it is not asked for', () => {
    expect(of(answerOf([text('a')])).some((chunk) => 'usage' in chunk)).toBe(false)
  })

  it('gives each piece the log probabilities of its own tokens', () => {
    const chunks = of(ANSWERS.logprobs ?? answerOf([]), { pieceLength: 5 })
    expect(
      choicesOf(chunks)
        .filter(({ logprobs }) => logprobs)
        .map(({ delta, logprobs }) => [
          delta.content,
          logprobs?.content?.map((item) => item.token),
          logprobs?.refusal,
        ]),
    ).toEqual([
      ['Hello', ['Hello'], null],
      [' world', [' world'], null],
    ])
  })

  it('cuts between characters where tokens are parts of one', () => {
    const part = (bytes: readonly number[]) => ({ ...(token('?') as JsonObject), bytes })
    const face = [...new TextEncoder().encode('😀')]
    const content = [token('Hello'), part(face.slice(0, 1)), part(face.slice(1)), token('!')]
    const logprobs = { content, refusal: null }
    const chunks = of(answerOf([text('Hello😀!')], { logprobs }), { pieceLength: 5 })
    expect(
      choicesOf(chunks)
        .filter((choice) => choice.logprobs)
        .map((choice) => [choice.delta.content, choice.logprobs?.content?.length]),
    ).toEqual([
      ['Hello', 1],
      ['😀!', 3],
    ])
  })

  it('keeps the empty list of what the model did not write beside them', () => {
    const logprobs = { content: [token('Hello')], refusal: [] }
    const chunks = of(answerOf([text('Hello')], { logprobs }))
    const spoken = choicesOf(chunks).flatMap((choice) => choice.logprobs ?? [])
    expect(spoken.map(({ refusal }) => refusal)).toEqual([[]])
  })

  it('pads every delta to one size when asked', () => {
    const chunks = of(answerOf([text('a'.repeat(51))]), { obfuscate: true, pieceLength: 40 })
    const sizes = chunks
      .filter((chunk) => 'obfuscation' in chunk)
      .map((chunk) => JSON.stringify(chunk).length)
    expect(sizes.length).toBe(3)
    expect(new Set(sizes).size).toBe(1)
  })

  it.each([2, 3, 7, 256])(
    'cut at %i adds up to the completion of the same answer',
    (pieceLength) => {
      const released = releasedOf(Object.values(ANSWERS))
      const chunks = chunksOf(released, { pieceLength })
      const whole = chatCompletion(released, FRAME).choices as readonly JsonObject[]
      expect(whole.map((_, index) => assemble(chunks, index))).toEqual(whole)
      for (const delta of deltasOf(chunks)) {
        expect((delta.content ?? '').isWellFormed()).toBe(true)
      }
    },
  )

  it.skipIf(!contract).each(Object.entries(ANSWERS))(
    'with %s conforms to the document',
    (_, answer) => {
      for (const chunk of of(answer, { includeUsage: true, obfuscate: true })) {
        expect(contract?.problems('CreateChatCompletionStreamResponse', chunk)).toEqual([])
      }
    },
  )

  // The document's chunk schema knows function calls alone; OpenAI streams custom ones all the same.
  it.skipIf(!contract)('departs from the document in the type of a custom call only', () => {
    const problems = of(CUSTOM_CALL).flatMap(
      (chunk) => contract?.problems('CreateChatCompletionStreamResponse', chunk) ?? [],
    )
    expect(problems).toEqual([
      '/choices/0/delta/tool_calls/0/type must be equal to one of the allowed values',
    ])
  })
})

describe('pieces', () => {
  it.each(['', 'abc', 'a😀b😀😀', '😀', 'x\ud83d', '\ude00y', '\ud83d\ud83d\ude00'])(
    'of %j add up and split no pair',
    (whole) => {
      for (const length of [2, 3, 4]) {
        const pieces = [...piecesOf(whole, length)]
        expect(pieces.join('')).toBe(whole)
        expect(pieces.flatMap((piece) => Array.from(piece))).toEqual(Array.from(whole))
      }
    },
  )
})
