/**
 * Requests and answers at the edge of what text can be, through a whole gateway: what was stored is the very text, what is exported
 * is the very text or is counted as left out, and what cannot be taken is refused in words.
 */
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/lib/json.ts'
import { type AdminCaller, type AdminJson, createAdminCaller } from '../fakes/admin-caller.ts'
import { behave, createSpeaker, type Said, THOUGHT } from '../fakes/speaker.ts'
import { startUpstream, type Upstream } from '../fakes/upstream.ts'

export type ExtremesTarget = {
  readonly url: string
  readonly adminToken: string
  /** The record of a transcript's JWE; left out where content is not sealed. */
  readonly open?: (id: string, sealed: string) => Promise<AdminJson>
  close(): Promise<void>
}

const MEGABYTES_5 = 5_000_000

/**
 * Every script, noncharacters and controls among them: all of the first plane, and of the others one in 16. A letter stands between
 * digits: ten of them in a row are somebody's number.
 */
function everyScript(): string {
  const pieces: string[] = []
  for (let code = 0; code <= 0x10ffff; code += code < 0x10000 ? 1 : 15) {
    if (code >= 0xd800 && code <= 0xdfff) continue
    const sign = String.fromCodePoint(code)
    pieces.push(/\p{Nd}/u.test(sign) ? `${sign}x` : sign)
  }
  return pieces.join('')
}

const EMOJI = '👩‍👩‍👧‍👦👍🏽🏳️‍🌈🇩🇪'
const MARKS = `e${'\u0301'.repeat(40)}\u202eevil\u202c\u2066isolated\u2069`
/** NUL, half characters in both orders, a noncharacter. */
const BROKEN = `a\0b\ud800c\udfffd\udc00\ud800e\uffff`

const TOOLS = [
  { type: 'function', function: { name: 'note', parameters: { type: 'object', properties: {} } } },
]

const THOUSAND_CALLS = Array.from({ length: 1_000 }, (_, index) => ({
  id: `call_${index}`,
  type: 'function',
  function: { name: 'note', arguments: JSON.stringify({ index, text: `${EMOJI}\0 ${index}` }) },
}))

type Case = {
  readonly name: string
  readonly request: JsonObject
  readonly said: Said
  /** False where UTF-8 cannot hold a part of it. */
  readonly unicode: boolean
  /** Without consent to harvest: an export of them all would take a minute. */
  readonly heavy?: true
}

const user = (content: string) => ({ messages: [{ role: 'user', content }] })

const CASES: readonly Case[] = [
  {
    name: 'every script',
    request: user(`Look at this: ${everyScript()}`),
    said: { thought: `Seen: ${EMOJI}${MARKS}`, answer: `Here it is: ${everyScript()}` },
    unicode: true,
  },
  {
    name: '5 MB',
    request: user('Say it back. '.repeat(MEGABYTES_5 / 13)),
    said: {
      thought: 'It is long. '.repeat(200_000),
      answer: 'Back it is. '.repeat(MEGABYTES_5 / 12),
    },
    unicode: true,
    heavy: true,
  },
  {
    name: 'a thousand tool calls',
    request: { ...user(`Call them all ${EMOJI}`), tools: TOOLS },
    said: { answer: '', message: { tool_calls: THOUSAND_CALLS } },
    unicode: true,
  },
  {
    name: 'a thousand tool calls that were made before',
    request: {
      messages: [
        { role: 'user', content: `Call them all\0 ${MARKS}` },
        { role: 'assistant', content: null, tool_calls: THOUSAND_CALLS },
        ...THOUSAND_CALLS.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: `${id}\0` })),
        { role: 'user', content: 'And now?' },
      ],
      tools: TOOLS,
    },
    said: { answer: 'All were called.' },
    unicode: true,
  },
  {
    name: 'NUL',
    request: { ...user('What\0 is this?'), user: 'u\0ser', metadata: { 'k\0': 'v\0' } },
    said: { thought: 'A\0thought', answer: 'It\0 is NUL.' },
    unicode: true,
  },
  {
    name: 'half characters in the request',
    request: { ...user(`What is this? ${BROKEN}`), metadata: { [BROKEN]: BROKEN } },
    said: { answer: 'Half of something.' },
    unicode: false,
  },
  {
    name: 'half characters in the answer',
    request: user('Say something strange.'),
    said: { thought: `Strange: ${BROKEN}`, answer: `Strange: ${BROKEN}` },
    unicode: false,
  },
  {
    name: 'half characters in tool arguments',
    request: { ...user('Call it.'), tools: TOOLS },
    said: {
      answer: '',
      message: {
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: 'note', arguments: `{"a":"${BROKEN.replace('\0', '')}"}` },
          },
        ],
      },
    },
    unicode: false,
  },
  {
    name: 'half characters in what names a person',
    request: { ...user('Who am I?'), safety_identifier: BROKEN, user: BROKEN },
    said: { answer: 'Somebody.' },
    unicode: false,
  },
]

const modelOf = (place: number) => `extreme-${place}`

const EXPORTS = [
  ['sft', 'jsonl'],
  ['sft', 'parquet'],
  ['sft-cot', 'parquet'],
  ['kto', 'jsonl'],
  ['rl', 'parquet'],
  ['judge', 'parquet'],
  ['transcript', 'jsonl'],
  ['transcript', 'parquet'],
] as const

type Message = { readonly content?: unknown; readonly tool_calls?: AdminJson }

type Row = {
  readonly id: string
  readonly record?: string
  readonly messages?: readonly Message[]
  readonly prompt?: readonly Message[]
  readonly completion?: readonly Message[]
  readonly answer?: readonly Message[]
}

/** What in a row is not as it was said; null where nothing is. */
function faultIn(row: Row | undefined, { request, said }: Case): string | null {
  if (typeof row?.record === 'string') {
    const { request: asked, attempts } = JSON.parse(row.record)
    const [{ answer }] = attempts
    if (!isSame(asked, { model: asked.model, ...request })) return 'request'
    return isSame(textOf(answer.parts), said.answer) ? null : 'answer'
  }
  const all = row?.messages ?? [...(row?.prompt ?? []), ...(row?.completion ?? row?.answer ?? [])]
  const isAnswered = row?.messages || row?.completion || row?.answer
  const asked = isAnswered ? all.slice(0, -1) : all
  if (!isSame(asked.map(wordsOf), (request.messages as Message[]).map(wordsOf))) return 'prompt'
  if (!isAnswered) return null
  const message: Message = { content: said.answer, tool_calls: said.message?.tool_calls }
  return isSame(wordsOf(all.at(-1)), wordsOf(message)) ? null : 'answer'
}

const textOf = (parts: readonly AdminJson[]) =>
  parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')

/** What a message says, whether columns stand for what it does not have or not, and arguments for their text. */
function wordsOf({ content, tool_calls: calls }: Message = {}): readonly unknown[] {
  return [
    content ?? '',
    (calls ?? []).map((call: AdminJson) => argumentsIn(call.function.arguments)),
  ]
}

const argumentsIn = (value: unknown): unknown =>
  typeof value === 'string' ? JSON.parse(value) : value

export function describeExtremes(
  where: string,
  start: (upstream: string) => Promise<ExtremesTarget>,
) {
  describe(`texts at the edge of what text can be, on ${where}`, () => {
    const speaker = createSpeaker()
    const ids: string[] = []
    let upstream: Upstream
    let target: ExtremesTarget
    let admin: AdminCaller
    let keys: Readonly<Record<'audit' | 'harvest', string>>
    beforeAll(async () => {
      upstream = await startUpstream(speaker.script)
      target = await start(upstream.url)
      admin = createAdminCaller({ url: target.url, token: target.adminToken })
      const keyFor = async (consent: string) => {
        const body = { consent, tenant: 'acme', policies: ['*'] }
        return (await admin.ask('POST', '/keys', { body })).body.key as string
      }
      keys = { audit: await keyFor('audit'), harvest: await keyFor('harvest') }
      for (const [place, { said }] of CASES.entries()) {
        speaker.on(modelOf(place), (asked) => behave(asked, said))
      }
    })
    afterAll(async () => {
      await target?.close()
      await upstream?.close()
    })

    const ask = (body: JsonObject, key = keys.harvest) =>
      fetch(`${target.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })

    const read = async (id: string): Promise<AdminJson> => {
      const { status, body } = await admin.ask('GET', `/transcripts/${id}`)
      expect(status).toBe(200)
      return target.open ? target.open(id, body.sealed) : body
    }

    it.each(CASES.map((one, place) => [one.name, one, place] as const))(
      '%s: is answered and stored as it was said, to the last code unit',
      async (_name, { request: asked, said, heavy }, place) => {
        const request = { model: modelOf(place), ...asked }
        const response = await ask(request, heavy ? keys.audit : keys.harvest)
        const reply = (await response.json()) as AdminJson
        expect([response.status, reply.error]).toEqual([200, undefined])
        const id = response.headers.get('x-chambers-transcript') ?? ''
        ids[place] = id
        const transcript = await read(id)
        const [attempt] = transcript.attempts
        const { message } = reply.choices[0]
        expect([
          isSame(transcript.request, request),
          attempt.reasoning.includes(said.thought ?? THOUGHT),
          said.message ? isSame(message.tool_calls, said.message.tool_calls) : true,
          isSame(message.content ?? '', said.answer),
          transcript.outcome.kind,
        ]).toEqual([true, true, true, true, 'released'])
        expect(isSame(textOf(attempt.answer.parts), said.answer)).toBe(true)
      },
    )

    it('labels hold whatever people write', async () => {
      const id = ids[0] ?? ''
      const label = { kind: 'note', note: `${BROKEN}${EMOJI}${MARKS}` }
      const made = await admin.ask('POST', `/transcripts/${id}/labels`, { body: label })
      expect(made.status).toBe(201)
      if (target.open) return
      const { body } = await admin.ask('GET', `/transcripts/${id}`)
      expect(body.labels).toMatchObject([label])
    })

    it('rows of the index are listed, with names that every database takes', async () => {
      const { status, body } = await admin.ask('GET', '/transcripts?limit=200')
      const rows = body.transcripts as readonly AdminJson[]
      expect([status, rows.length]).toEqual([200, CASES.length])
      expect(JSON.stringify(rows)).not.toMatch(/\\u(?:0000|d[89a-f])/)
    })

    it.each(['tenant', 'session', 'model', 'app'])(
      'a %s that holds NUL is refused',
      async (name) => {
        const { status, body } = await admin.ask('GET', `/transcripts?${name}=a%00b`)
        expect([status, body.problems?.[0]?.parameter]).toEqual([400, name])
      },
    )

    /** A record as JSON text holds whatever was answered. */
    const isHeld = (format: string, { unicode, request, heavy }: Case) => {
      if (heavy) return false
      return unicode || (['rl', 'transcript'].includes(format) && isUnicode(request))
    }

    it.each(EXPORTS)(
      'an export of %s as %s holds what UTF-8 can hold, as it was said, and nothing else',
      async (format, encoding) => {
        const response = await fetch(
          `${target.url}/admin/v1/export?format=${format}&encoding=${encoding}&duplicates=keep`,
          { headers: { authorization: `Bearer ${target.adminToken}` } },
        )
        if (target.open) {
          expect([response.status, (await response.json()).detail]).toEqual([
            409,
            expect.stringContaining('these transcripts are sealed'),
          ])
          return
        }
        expect(response.status).toBe(200)
        const rows = await rowsOf(encoding, await response.arrayBuffer())
        const found = new Map(rows.map((row) => [row.id.split('#')[0] ?? '', row]))
        const held = CASES.flatMap((one, place) =>
          isHeld(format, one) ? [[ids[place] ?? '', one] as const] : [],
        )
        expect(new Set(found.keys())).toEqual(new Set(held.map(([id]) => id)))
        for (const [id, one] of held)
          expect([one.name, faultIn(found.get(id), one)]).toEqual([one.name, null])
      },
    )
  })
}

async function rowsOf(encoding: string, bytes: ArrayBuffer): Promise<readonly Row[]> {
  if (encoding === 'parquet') {
    return (await parquetReadObjects({ file: bytes })) as Row[]
  }
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line))
}

function isUnicode(value: unknown): boolean {
  return !/\\u(?:d[89a-f])/.test(JSON.stringify(value))
}

/** A difference of megabytes is not to be printed. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
