import { describe, expect, it } from 'vitest'
import type { Answer, Released } from '../../../../src/conversation/outcome.ts'
import { GatewayError } from '../../../../src/errors.ts'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { eventsOf as eventsOfResponse } from '../../../../src/wire/responses/events.ts'
import { repeatedFields, responseObject } from '../../../../src/wire/responses/response-object.ts'
import { responsesDoor } from '../../../../src/wire/responses/responses-door.ts'
import { openAiContract } from '../../../fakes/openapi.ts'
import { ANSWERS, answerOf, releasedOf, text, token } from '../answers.ts'
import { ask } from './ask.ts'

const contract = openAiContract()
const FRAME = { id: '0'.repeat(24), created: 1_700_000_000, completed: 1_700_000_003 }
const REPEATED = repeatedFields({})

type Options = Parameters<typeof eventsOfResponse>[1]

const eventsOf = (released: Released, options: Options = {}, sealed?: readonly string[]) => [
  ...eventsOfResponse(
    responseObject(released, REPEATED, { ...FRAME, ...(sealed && { sealed }) }),
    options,
  ),
]
const of = (answer: Answer, options?: Options) => eventsOf(releasedOf([answer]), options)
const dataOf = (answer: Answer, options?: Options) => of(answer, options).map(({ data }) => data)
const typesOf = (answer: Answer) => of(answer).map(({ name }) => name)

const FITTING = Object.entries(ANSWERS).filter(([, answer]) =>
  ask({}).canWrite(releasedOf([answer])),
)
const CUSTOM = answerOf(
  [{ kind: 'tool_call', call: { id: 'c', kind: 'custom', name: 'sql', arguments: 'select 1' } }],
  { finishReason: 'tool_calls' },
)

/** What every event has, and what pieces of a text have. */
type EventData = JsonObject & { readonly type: string; readonly delta?: string }

/** The schema of an event, by its name. */
const SCHEMAS: Readonly<Record<string, string>> = {
  'response.created': 'ResponseCreatedEvent',
  'response.in_progress': 'ResponseInProgressEvent',
  'response.output_item.added': 'ResponseOutputItemAddedEvent',
  'response.output_item.done': 'ResponseOutputItemDoneEvent',
  'response.content_part.added': 'ResponseContentPartAddedEvent',
  'response.content_part.done': 'ResponseContentPartDoneEvent',
  'response.output_text.delta': 'ResponseTextDeltaEvent',
  'response.output_text.done': 'ResponseTextDoneEvent',
  'response.output_text.annotation.added': 'ResponseOutputTextAnnotationAddedEvent',
  'response.refusal.delta': 'ResponseRefusalDeltaEvent',
  'response.refusal.done': 'ResponseRefusalDoneEvent',
  'response.function_call_arguments.delta': 'ResponseFunctionCallArgumentsDeltaEvent',
  'response.function_call_arguments.done': 'ResponseFunctionCallArgumentsDoneEvent',
  'response.custom_tool_call_input.delta': 'ResponseCustomToolCallInputDeltaEvent',
  'response.custom_tool_call_input.done': 'ResponseCustomToolCallInputDoneEvent',
  'response.completed': 'ResponseCompletedEvent',
  'response.incomplete': 'ResponseIncompleteEvent',
  error: 'ResponseErrorEvent',
}

/** The document has no null for the counts of a response that has only begun; OpenAI writes one, and so do we. */
function withoutEmptyUsage(data: JsonObject): JsonObject {
  const response = data.response as JsonObject | undefined
  if (!response || response.usage !== null) return data
  const { usage: _usage, ...rest } = response
  return { ...data, response: rest }
}

describe('the events of an answer', () => {
  it('are those of a text, in the order of the contract', () => {
    expect(typesOf(ANSWERS.text as Answer)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
  })

  it('are those of a refusal', () => {
    expect(typesOf(ANSWERS.refusal as Answer).slice(3, 7)).toEqual([
      'response.content_part.added',
      'response.refusal.delta',
      'response.refusal.done',
      'response.content_part.done',
    ])
  })

  it('are those of a call', () => {
    expect(typesOf(ANSWERS['one call'] as Answer).slice(2)).toEqual([
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ])
  })

  it('are those of a call of free text', () => {
    expect(typesOf(CUSTOM).slice(2)).toEqual([
      'response.output_item.added',
      'response.custom_tool_call_input.delta',
      'response.custom_tool_call_input.done',
      'response.output_item.done',
      'response.completed',
    ])
  })

  it('have citations before the text is done', () => {
    expect(typesOf(ANSWERS.annotations as Answer).slice(4, 7)).toEqual([
      'response.output_text.delta',
      'response.output_text.annotation.added',
      'response.output_text.done',
    ])
  })

  it('end in one of an answer that is incomplete', () => {
    expect(dataOf(ANSWERS['cut text'] as Answer).at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    })
  })

  it('of what is sealed hold it once it is done, and no event of reasoning', () => {
    const events = eventsOf(releasedOf([answerOf([text('a')])]), {}, ['token'])
    expect(events.slice(2, 4).map(({ data }) => data)).toMatchObject([
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { type: 'reasoning', summary: [] },
      },
      { type: 'response.output_item.done', item: { encrypted_content: 'token' } },
    ])
    expect(events.map(({ name }) => name).join()).not.toContain('reasoning')
  })

  it('give each piece the log probabilities of its own tokens', () => {
    const logprobs = { content: [token('Hello'), token(' world')], refusal: null }
    const events = dataOf(answerOf([text('Hello world')], { logprobs }), { pieceLength: 6 })
    const deltas = events.filter(({ type }) => type === 'response.output_text.delta')
    expect(deltas.map(({ delta, logprobs: own }) => [delta, (own as JsonObject[]).length])).toEqual(
      [
        ['Hello', 1],
        [' world', 1],
      ],
    )
  })

  it('pad every delta to one size when asked', () => {
    const events = dataOf(answerOf([text('a'.repeat(51))]), { obfuscate: true, pieceLength: 40 })
    const sizes = events
      .filter((data) => data.obfuscation !== undefined)
      .map(
        ({ delta, logprobs, obfuscation }) => JSON.stringify([delta, logprobs, obfuscation]).length,
      )
    expect([sizes.length, new Set(sizes).size]).toEqual([2, 1])
  })

  it.skipIf(!contract).each([...FITTING, ['a custom call', CUSTOM] as const])(
    'with %s conform to the document',
    (_, answer) => {
      for (const { name = '', data } of of(answer, { obfuscate: true })) {
        const schema = SCHEMAS[name]
        if (schema === undefined) throw new Error(`No schema for ${name}`)
        expect([name, contract?.problems(schema, withoutEmptyUsage(data))]).toEqual([name, []])
      }
    },
  )
})

/** The rules of pairing, names and numbers that every stream keeps, whatever it says. */
describe.each([...FITTING, ['a custom call', CUSTOM] as const])('a stream of %s', (_, answer) => {
  const events = of(answer, { pieceLength: 7 })
  const data = events.map((event) => event.data as EventData)

  it('is numbered from 0 without a gap, and each event named as it says itself', () => {
    expect(data.map(({ sequence_number: number }) => number)).toEqual(data.map((_item, at) => at))
    expect(events.map(({ name }) => name)).toEqual(data.map(({ type }) => type))
  })

  it('begins and ends once', () => {
    const types = data.map(({ type }) => type)
    expect(types.slice(0, 2)).toEqual(['response.created', 'response.in_progress'])
    expect(types.filter((type) => /^response\.\w+$/.test(type))).toHaveLength(3)
    expect(types.at(-1)).toMatch(/^response\.(?:completed|incomplete)$/)
  })

  it('adds and ends each item once, in order, one after the other', () => {
    const turns = data
      .filter(({ type }) => type.startsWith('response.output_item'))
      .map(({ type, output_index: index }) => [type, index])
    const items = Array.from({ length: turns.length / 2 }, (_item, at) => at)
    expect(turns).toEqual(
      items.flatMap((at) => [
        ['response.output_item.added', at],
        ['response.output_item.done', at],
      ]),
    )
  })

  it('keeps what is within an item between its ends, under its name', () => {
    let open: JsonObject | null = null
    for (const event of data) {
      if (event.type === 'response.output_item.added') open = event.item as JsonObject
      if (event.item_id !== undefined) expect(event.item_id).toBe(open?.id)
      if (event.type === 'response.output_item.done') {
        expect((event.item as JsonObject).id).toBe(open?.id)
        open = null
      }
    }
    expect(open).toBeNull()
  })

  it.each([2, 3, 7, 256])(
    'cut at %i adds up to what it says whole, and to the response',
    (pieceLength) => {
      const cut = of(answer, { pieceLength }).map((event) => event.data as EventData)
      const whole = responseObject(releasedOf([answer]), REPEATED, FRAME)
      expect(cut.at(-1)?.response).toEqual(whole)
      const done = cut.filter(({ type }) => type === 'response.output_item.done')
      expect(done.map(({ item }) => item)).toEqual(whole.output)
      for (const end of cut.filter(({ type }) =>
        /(?:text|refusal|arguments|input)\.done$/.test(type),
      )) {
        const family = end.type.replace(/done$/, 'delta')
        const pieces = cut.filter(
          ({ type, output_index: index, content_index: part }) =>
            type === family && index === end.output_index && part === end.content_index,
        )
        const said = end.text ?? end.refusal ?? end.arguments ?? end.input
        expect(pieces.map(({ delta }) => delta).join('')).toBe(said)
        for (const { delta } of pieces) expect(delta?.isWellFormed()).toBe(true)
      }
    },
  )
})

describe('an error', () => {
  const error = new GatewayError('judge_unavailable')
  const { name, data } = responsesDoor.errorEvent(error, 'req_1')

  it('in a stream is one that flat and nested readers raise', () => {
    const told = { code: error.code, message: error.message, param: null }
    expect([name, data]).toEqual([
      'error',
      { type: 'error', sequence_number: 0, ...told, error: { type: error.type, ...told } },
    ])
  })

  it.skipIf(!contract)('in a stream conforms to the document', () => {
    expect(contract?.problems('ResponseErrorEvent', data)).toEqual([])
  })
})
