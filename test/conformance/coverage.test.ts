/**
 * One promise, every door: each cell of the tables in docs/apps.md that say what is judged, whole and streamed, in every mode,
 * through running gateways.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Mode } from '../../src/policy/section.ts'
import type { DoorName } from '../../src/wire/door.ts'
import { readCoverage } from '../fakes/coverage-table.ts'
import { startTestGateway, type TestGateway } from '../fakes/gateway.ts'
import {
  ANSWER,
  type Asked,
  behave,
  createSpeaker,
  type Said,
  verdict,
  verdictReply,
} from '../fakes/speaker.ts'
import { type Reply, startUpstream, type Upstream } from '../fakes/upstream.ts'
import { until } from '../fakes/waiting.ts'
import { saidBy } from './compare-replies.ts'
import { SAMPLES } from './coverage-samples.ts'

const MODES: readonly Mode[] = ['enforce', 'shadow', 'off']
const DOORS: readonly DoorName[] = ['chat', 'responses', 'messages']
const ROUTES = { chat: 'chat/completions', responses: 'responses', messages: 'messages' } as const
const ROWS = readCoverage('What')

const speaker = createSpeaker()
const gateways = new Map<Mode, TestGateway>()
let upstream: Upstream

beforeAll(async () => {
  upstream = await startUpstream(speaker.script)
  for (const mode of MODES) {
    gateways.set(mode, await startTestGateway({ upstream: upstream.url, strategy: 'tagged', mode }))
  }
})
afterAll(async () => {
  for (const gateway of gateways.values()) await gateway.close()
  await upstream.close()
})

type Cell = {
  readonly what: string
  readonly door: DoorName
  readonly mode: Mode
  readonly stream: boolean
}

let count = 100

/** What became of a cell, in the words of the table. */
async function observe({ what, door, mode, stream }: Cell): Promise<string> {
  const sample = SAMPLES[what]
  const gateway = gateways.get(mode)
  if (!sample || !gateway) throw new Error(`Give an example of it: ${what}`)
  const mark = `quillwort${++count}`
  const body = sample.ask(mark)[door]
  if (!body) return '—'
  const model = `covered-${count}`
  const answer = sample.answer?.(mark)
  if (answer) speaker.on(model, (asked) => say(asked, answer))
  const request = { model, stream, ...(door === 'messages' && { max_tokens: 500 }), ...body }
  const response = await gateway.post(ROUTES[door], request)
  const text = await response.text()
  const heard = speaker.asked(model)
  if (mode === 'enforce') {
    if (response.status === 400 && /leave \S+ out/i.test(text)) {
      expect(heard).toEqual([])
      return 'refused by name'
    }
    expect([response.status, saidBy(text)]).toEqual([
      200,
      expect.stringContaining(answer ? mark : ANSWER),
    ])
    return wasJudged(model, mark) ? 'judged' : 'released'
  }
  const [relayed] = heard
  expect([response.status, relayed?.request.url]).toEqual([200, `/v1/${ROUTES[door]}`])
  expect(relayed?.body).toEqual(request)
  if (mode === 'off') return heard.length === 1 ? 'relayed' : 'judged'
  // The record comes when everything is over.
  await until('a record', async () => (await gateway.transcript(response)) !== null)
  return wasJudged(model, mark) ? 'relayed, judged aside' : 'relayed'
}

function say(asked: Asked, answer: Said): Reply | undefined {
  const { decision = 'comply' } = answer
  switch (asked.kind) {
    case 'draft':
    case 'second pass':
      return behave(asked, answer)
    case 'first pass':
      return behave(asked, { decision })
    case 'reasoning':
      return verdictReply(asked, verdict(asked, { decision }))
    default:
      return undefined
  }
}

/** With what was asked, or answered, in view. */
function wasJudged(model: string, mark: string): boolean {
  const reviews = speaker.asked(model).filter(({ kind }) => kind === 'answer')
  return reviews.some(({ body }) => JSON.stringify(body).includes(mark))
}

it('has a row for each of the contents there is an example of', () => {
  expect(ROWS.map(({ what }) => what)).toEqual(Object.keys(SAMPLES))
})

describe.each(DOORS)('by the door %s', (door) => {
  it.each(ROWS.map((row): [string, string] => [row.what, row.cells[DOORS.indexOf(door)] ?? '']))(
    '%s is %s in enforce, and aside in shadow; off relays it',
    async (what, word) => {
      const off = word === '—' ? word : 'relayed'
      const aside = word === 'judged' ? 'relayed, judged aside' : off
      const cells = [false, true].flatMap((stream) =>
        MODES.map((mode): Cell => ({ what, door, mode, stream })),
      )
      const found = await Promise.all(cells.map(observe))
      expect(found).toEqual([word, aside, off, word, aside, off])
    },
  )
})
