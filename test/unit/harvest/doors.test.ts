import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Example } from '../../../src/harvest/example.ts'
import { createFormat } from '../../../src/harvest/formats/create-format.ts'
import { FORMATS, type FormatName } from '../../../src/harvest/formats/format.ts'
import { createRedactionStage } from '../../../src/harvest/stages/redact.ts'
import { isJsonObject, type JsonObject } from '../../../src/lib/json.ts'
import type { Transcript } from '../../../src/transcript/record/record.ts'
import type { DoorName } from '../../../src/wire/door.ts'
import { exportFrom, readManifest, readRows, storeOf, withFailedDraft } from './export-scene.ts'
import { exampleOf, plant, wordsOfNumber } from './stages/plant.ts'

const MAIL = 'jane@roe.example'
const SCHEMA = { type: 'object', properties: { id: { type: 'string' } } }
const ARGUMENTS = { id: MAIL, type: MAIL, detail: MAIL, at: 'Lyon' }

/** One conversation, with the same address wherever a client or a tool may have put it. */
const ASKED: Readonly<Record<DoorName, JsonObject>> = {
  chat: {
    model: 'm',
    messages: [
      { role: 'system', content: `Write to ${MAIL}.` },
      { role: 'user', content: [{ type: 'text', text: `I am ${MAIL}. Find me.` }] },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: 'find', arguments: JSON.stringify(ARGUMENTS) },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: `Found ${MAIL}.` },
      { role: 'user', content: 'Go on.' },
    ],
    tools: [{ type: 'function', function: { name: 'find', parameters: SCHEMA } }],
    metadata: { id: MAIL },
  },
  responses: {
    model: 'm',
    instructions: `Write to ${MAIL}.`,
    input: [
      { role: 'user', content: [{ type: 'input_text', text: `I am ${MAIL}. Find me.` }] },
      {
        type: 'function_call',
        call_id: 'call_1',
        name: 'find',
        arguments: JSON.stringify(ARGUMENTS),
      },
      { type: 'function_call_output', call_id: 'call_1', output: `Found ${MAIL}.` },
      { role: 'user', content: 'Go on.' },
    ],
    tools: [{ type: 'function', name: 'find', parameters: SCHEMA }],
    metadata: { id: MAIL },
  },
  messages: {
    model: 'm',
    max_tokens: 99,
    system: [{ type: 'text', text: `Write to ${MAIL}.`, cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: `I am ${MAIL}. Find me.` },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'call_1', name: 'find', input: ARGUMENTS }],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_1', content: `Found ${MAIL}.` },
          { type: 'text', text: 'Go on.' },
        ],
      },
    ],
    tools: [{ name: 'find', input_schema: SCHEMA }],
    metadata: { user_id: MAIL },
  },
}
const DOORS = Object.keys(ASKED) as readonly DoorName[]

/** With a draft that failed, so that every format has a row of it. */
function asked(door: DoorName, request = ASKED[door]): Transcript {
  const transcript = withFailedDraft(plant(1, { request }), 'An early draft')
  return door === 'chat' ? transcript : { ...transcript, door }
}

function rowsOf(name: FormatName, example: Example): readonly JsonObject[] {
  const rows = createFormat({ name, withReasoning: true, thinkTags: false }).rowsOf(example)
  if (!rows.ok) throw new Error(rows.failure)
  return rows.value
}

function redacted(transcript: Transcript): Example {
  const applied = createRedactionStage().apply(exampleOf(transcript))
  if (!applied.ok) throw new Error(applied.failure)
  return applied.value
}

describe.each(FORMATS.filter((name) => name !== 'transcript'))('a row of %s', (name) => {
  it.each(DOORS)('is the same by the door %s', (door) => {
    expect(rowsOf(name, exampleOf(asked(door)))).toEqual(rowsOf(name, exampleOf(asked('chat'))))
  })
})

describe.each(FORMATS)('a redacted row of %s', (name) => {
  it.each(DOORS)('holds nobody by the door %s', (door) => {
    const rows = rowsOf(name, redacted(asked(door)))
    expect(JSON.stringify(rows)).toContain('[EMAIL_1]')
    expect(JSON.stringify(rows)).not.toContain(MAIL)
  })
})

it('a record names its door, and keeps the request in the form of it', () => {
  const [row] = rowsOf('transcript', redacted(asked('messages')))
  const record = JSON.parse(row?.record as string)
  expect([record.door, record.request.max_tokens]).toEqual(['messages', 99])
  expect(record.request.messages[2].content[0]).toMatchObject({
    type: 'tool_result',
    tool_use_id: 'call_1',
  })
})

describe('what a record holds of media', () => {
  const PNG = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' }
  const withSource = (type: string, source: JsonObject) =>
    asked('messages', {
      model: 'm',
      max_tokens: 9,
      messages: [{ role: 'user', content: [{ type, source }] }],
    })
  const sourceOf = (example: Example) => {
    const { messages } = example.transcript.request ?? {}
    const [message] = Array.isArray(messages) ? messages.filter(isJsonObject) : []
    return JSON.stringify(message?.content)
  }

  it('stays as it is where it is encoded', () => {
    expect(sourceOf(redacted(withSource('image', PNG)))).toContain(PNG.data)
  })

  it.each([
    ['a document of plain text', { type: 'text', media_type: 'text/plain', data: `I am ${MAIL}` }],
    ['digits in plain text', { type: 'text', media_type: 'text/plain', data: '4111111111111111' }],
    ['an address of data that is not encoded', { type: 'url', url: `data:text/plain,${MAIL}` }],
    [
      'an address with words behind its data',
      { type: 'url', url: `data:image/png;base64,AA== ${MAIL}` },
    ],
  ])('is text where it is %s', (_, source) => {
    const type = source.type === 'url' ? 'image' : 'document'
    const said = sourceOf(redacted(withSource(type, source)))
    expect(said).toMatch(/\[(?:EMAIL|CARD)_1\]/)
    expect(said).not.toMatch(/jane@|4111/)
  })
})

it('an export has a row of every door, and none of a conversation that goes on from another record', async () => {
  const input = (number: number) => `Please help me with ${wordsOfNumber(number, 12)}.`
  const said = (number: number) => ({
    model: 'm',
    messages: [{ role: 'user', content: input(number) }],
  })
  const goesOn = { model: 'm', input: input(4), previous_response_id: 'resp_1' }
  const folder = await storeOf([
    plant(1),
    { ...plant(2, { request: { model: 'm', input: input(2) } }), door: 'responses' },
    { ...plant(3, { request: { ...said(3), max_tokens: 9 } }), door: 'messages' },
    { ...plant(4, { request: goesOn }), door: 'responses' },
    { ...plant(5, { request: said(5) }), door: 'one of a newer program' },
  ])
  try {
    const out = join(folder, 'out')
    expect(await exportFrom(folder, '--format', 'sft', '--out', out)).toMatchObject({ code: 0 })
    expect(readManifest(out)).toMatchObject({ kept: 3, dropped: { prompt_partial: 2 } })
    const asked = readRows(join(out, 'train.jsonl')).map(({ messages }) => messages)
    expect(asked).toMatchObject([1, 2, 3].map((number) => [{ content: input(number) }, {}]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
