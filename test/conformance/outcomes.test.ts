/**
 * `deploy/outcomes.md`, proved: every row, in every place it names, whole and streamed, by each door, through running gateways,
 * with the counters compared at the end. The expectations are read from the document, so the two cannot drift apart.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LoadedPolicies } from '../../src/start/node/load-policies.node.ts'
import type { DoorName } from '../../src/wire/door.ts'
import { DOOR_REQUESTS } from '../fakes/door-requests.ts'
import { startTestGateway, type TestGateway, type TranscriptJson } from '../fakes/gateway.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../fakes/otlp-receiver.ts'
import { ANSWER, type Asked, createSpeaker, verdictReply, violation } from '../fakes/speaker.ts'
import {
  errorReply,
  type Reply,
  refusedUrl,
  startUpstream,
  type Upstream,
} from '../fakes/upstream.ts'
import { until } from '../fakes/waiting.ts'
import { SETTINGS, type Setting } from './outcome-faults.ts'
import { type Expectation, type Form, type OutcomeRow, readOutcomes } from './outcome-table.ts'

const ROWS = readOutcomes('deploy/outcomes.md')
const FORMS: readonly Form[] = ['JSON', 'stream']
const DOORS = Object.keys(DOOR_REQUESTS) as readonly DoorName[]
const THOUGHT = 'The person greets us'

type Name = NonNullable<Setting['gateway']>
type Tally = { codes: string[]; judgeFailures: string[]; fates: string[] }

const speaker = createSpeaker()
const gateways = new Map<Name, TestGateway>()
const receivers = new Map<Name, OtlpReceiver>()
const tallies = new Map<Name, Tally>()
let upstream: Upstream
const locks = new Map<Name, DatabaseSync>()

beforeAll(async () => {
  upstream = await startUpstream(speaker.script)
  const refused = await refusedUrl()
  const bounds = { maxReplyBytes: 1_000_000, maxRetries: 1 }
  // Each ends calls for one reason, long after whatever else is under way has had its time.
  const hasty = { DEADLINE_MS: '12000', FIRST_TOKEN_MS: '2000', IDLE_MS: '2000' }
  await start('patient', { bounds })
  await start('hasty', { bounds, environment: hasty })
  await start('hasty judge', { bounds, judgeMs: 3_000 })
  await start('native', { bounds, environment: { UPSTREAM_REASONING: 'native' } })
  await start('late', { bounds, environment: { DEADLINE_MS: '5000' } })
  await start('no upstream', { upstream: refused, bounds })
  await start('no judge', { bounds, environment: { JUDGE_BASE_URL: refused } })
  await start('no database', { bounds: { storeTimeoutMs: 100 } })
  await start('no storage', { bounds: { storeTimeoutMs: 100 } })
  lockDatabase('no database')
  lockDatabase('no storage')
  const journal = join(gateway('no storage').dataDir, 'journal')
  rmSync(journal, { recursive: true })
  writeFileSync(journal, 'in its place')
})

afterAll(async () => {
  for (const one of gateways.values()) await one.close()
  for (const receiver of receivers.values()) await receiver.close()
  await upstream.close()
})

type StartOptions = {
  readonly upstream?: string
  readonly bounds?: object
  readonly judgeMs?: number
  readonly environment?: Readonly<Record<string, string>>
}

async function start(name: Name, options: StartOptions) {
  const receiver = await startOtlpReceiver()
  receivers.set(name, receiver)
  tallies.set(name, { codes: [], judgeFailures: [], fates: [] })
  const started = await startTestGateway({
    upstream: options.upstream ?? upstream.url,
    strategy: 'tagged',
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...options.environment },
    policies: (shipped) => vary(shipped, options.judgeMs),
    ...(options.bounds && { bounds: options.bounds }),
  })
  gateways.set(name, started)
}

/** The default policy four times, by what becomes of failures. */
function vary({ bundles, protocol }: LoadedPolicies, judgeMs = 30_000): LoadedPolicies {
  const [base] = bundles.filter(({ id }) => id === 'default')
  if (!base) throw new Error('The default policy is gone')
  const judge = { ...base.judge, timeoutMs: judgeMs }
  return {
    protocol,
    bundles: [
      { ...base, judge },
      { ...base, id: 'substitute', judge: { ...judge, onFailure: 'substitute' } },
      { ...base, id: 'release', judge: { ...judge, onFailure: 'release' } },
      { ...base, id: 'block', transcripts: { ...base.transcripts, onFailure: 'block' } },
    ],
  }
}

function gateway(name: Name): TestGateway {
  const found = gateways.get(name)
  if (!found) throw new Error(`Start the gateway first: ${name}`)
  return found
}

/** Keeps everyone else from writing, as a backup or a full disk might. */
function lockDatabase(name: Name): void {
  const database = new DatabaseSync(join(gateway(name).dataDir, 'chambers.db'))
  database.exec('BEGIN IMMEDIATE')
  locks.set(name, database)
}

type Run = {
  readonly row: OutcomeRow
  readonly place: string
  readonly form: Form
  readonly door: DoorName
}

/** What the server says in one run: the fault where the row puts it, good behaviour elsewhere. */
function speak({ place, form, row }: Run, setting: Setting, leave: () => void) {
  const kind = place === 'redraft' ? 'draft' : place
  const first = place === 'redraft' ? 1 : 0
  return (asked: Asked): Reply | undefined => {
    if (asked.kind === kind && asked.earlier >= first) {
      const fault = setting.fault?.(asked, asked.earlier - first, { leave })
      if (fault) return fault
    }
    if (place === 'redraft' && asked.kind === 'answer' && asked.earlier === 0) {
      return verdictReply(asked, violation(asked))
    }
    expect(asked.kind, `${row.what}, ${form}`).not.toBe('plain')
    return setting.also?.(asked)
  }
}

let count = 0

async function prove(run: Run): Promise<void> {
  const { row, place, form, door } = run
  const setting = SETTINGS[row.what]
  if (!setting) throw new Error(`Bring the row about in outcome-faults.ts: ${row.what}`)
  const expected = row.expect(place, form)
  const name = setting.gateway ?? 'patient'
  const model = `model-${++count}`
  const client = new AbortController()
  speaker.on(
    model,
    speak(run, setting, () => client.abort()),
  )
  const body = {
    model,
    messages: [{ role: 'user', content: 'Hello' }],
    stream: form === 'stream',
    ...(place === 'second pass' && { stop: ['\u0000'] }),
    ...setting.body,
  }
  const { route, say } = DOOR_REQUESTS[door]
  const asked = gateway(name).post(
    route,
    say(body),
    setting.policy ? { 'x-chambers-policy': setting.policy } : {},
    client.signal,
  )
  tally(name, expected)
  if (expected.status === 0) {
    await expect(asked.then((response) => response.text())).rejects.toThrow()
    expect(outcomeOf(await transcriptOf(name, model))).toEqual(expected.transcript)
    return
  }
  const response = await asked
  const text = await response.text()
  // On a busy machine a draft may fail after the 2 s in which a failure of a stream keeps its status.
  const isLate = form === 'stream' && expected.status >= 400 && response.status === 200
  const { status, word } = door === 'messages' ? inMessages(expected) : expected
  expect({ status: response.status, ...tell(response, text, form) }).toMatchObject({
    status: isLate ? 200 : status,
    ...(expected.isEvent || expected.status >= 400
      ? { word, isEvent: isLate || expected.isEvent }
      : { outcome: form === 'JSON' ? expected.word : null }),
  })
  if (!isLate) {
    for (const [header, value] of expected.headers) expect(response.headers.get(header)).toBe(value)
  }
  expect(text).not.toContain(THOUGHT)
  if (name === 'no database' && setting.policy !== 'block') return
  const record = await gateway(name).transcript(response)
  expect(outcomeOf(record)).toEqual(expected.transcript)
  if (record?.outcome.kind === 'released' && !record.outcome.reason && place === 'answer') {
    expect(text).toContain(form === 'JSON' ? ANSWER : ANSWER.slice(0, 4))
  }
}

function tally(name: Name, { code, judgeFailures, fate }: Expectation): void {
  const sum = tallies.get(name)
  // Without any judge both channels fail.
  const times = name === 'no judge' ? 2 : 1
  for (let time = 0; time < times; time++) sum?.judgeFailures.push(...judgeFailures)
  sum?.codes.push(code)
  sum?.fates.push(fate)
}

/** What a client makes of a response. */
function tell(response: Response, text: string, form: Form) {
  if (form === 'JSON' || response.status !== 200) {
    const { error } = JSON.parse(text)
    const outcome = response.headers.get('x-chambers-outcome')
    return { word: wordOf(error), isEvent: false, outcome }
  }
  const events = text
    .split('\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice(6))
  const isWhole = LAST_EVENT.test(events.at(-1) ?? '')
  if (isWhole) return { word: undefined, isEvent: false, outcome: null }
  expect(events).toHaveLength(1)
  return { word: wordOf(JSON.parse(events[0] ?? '').error), isEvent: true, outcome: null }
}

const LAST_EVENT = /^\[DONE\]$|"type":"(?:response\.(?:completed|incomplete)|message_stop)"/

/** Errors of Messages have no code, but a type. */
function wordOf(error: { readonly code?: string; readonly type: string } | undefined) {
  return error?.code ?? error?.type
}

/** What the document says, in the words of a contract that has another status for overload and no codes. */
function inMessages({ status, word }: Expectation): Pick<Expectation, 'status' | 'word'> {
  const named = MESSAGES_WORDS[word]
  return {
    status: status >= 400 && named === 'overloaded_error' ? 529 : status,
    word: named ?? 'api_error',
  }
}

const MESSAGES_WORDS: Readonly<Record<string, string>> = {
  model_not_found: 'not_found_error',
  context_length_exceeded: 'invalid_request_error',
  invalid_request: 'invalid_request_error',
  content_filter: 'invalid_request_error',
  rate_limit_exceeded: 'rate_limit_error',
  rate_limited: 'rate_limit_error',
  insufficient_quota: 'rate_limit_error',
  upstream_overloaded: 'overloaded_error',
  upstream_timeout: 'timeout_error',
  deadline_exceeded: 'timeout_error',
}

/** As the document writes it: of a violation and a score only that it was one. */
function outcomeOf(record: TranscriptJson | null) {
  if (!record) return null
  const { kind, reason } = record.outcome
  return { kind, reason: reason?.startsWith('violation:') ? 'violation' : reason }
}

/** The transcript of a request whose response nobody got. */
async function transcriptOf(name: Name, model: string): Promise<TranscriptJson | null> {
  const { dataDir, url, adminToken } = gateway(name)
  const database = new DatabaseSync(join(dataDir, 'chambers.db'), { readOnly: true })
  const find = () => database.prepare('SELECT id FROM transcripts WHERE model = ?').get(model)
  await until(`a transcript of ${model}`, () => find() !== undefined)
  const id = String(find()?.id)
  database.close()
  const response = await fetch(`${url}/admin/v1/transcripts/${id}`, {
    headers: { authorization: `Bearer ${adminToken}` },
  })
  return response.json()
}

describe('the table of outcomes', () => {
  it('has a row for everything that is brought about, and nothing else, each once', () => {
    expect(ROWS.map(({ what }) => what).sort()).toEqual(Object.keys(SETTINGS).sort())
  })

  it.concurrent.each(ROWS.map((row): [string, OutcomeRow] => [row.what, row]))(
    '%s',
    async (_, row) => {
      // One door after the other: what is asked at once, all gateways of this process answer at once.
      for (const door of DOORS) {
        const runs = row.places.flatMap((place) =>
          FORMS.map((form): Run => ({ row, place, form, door })),
        )
        await Promise.all(runs.map(prove))
      }
    },
  )
})

it('a judge without strict schemas is asked in vain once, and without them from then on', async () => {
  speaker.on('schemaless', ({ kind, body }) =>
    kind === 'answer' && body.response_format ? errorReply(400) : undefined,
  )
  for (let time = 0; time < 2; time++) {
    const body = { model: 'schemaless', messages: [{ role: 'user', content: 'Hello' }] }
    expect((await gateway('patient').ask(body)).status).toBe(200)
    tallies.get('patient')?.codes.push('none')
    tallies.get('patient')?.fates.push('written')
  }
  const reviews = speaker.asked('schemaless').filter(({ kind }) => kind === 'answer')
  expect(reviews.map(({ body }) => 'response_format' in body)).toEqual([true, false, false])
})

describe('when all of it has happened', () => {
  it('every gateway is healthy, and has printed nothing but its banner', async () => {
    for (const [name, one] of gateways) {
      expect([name, (await fetch(`${one.url}/healthz`)).status]).toEqual([name, 200])
      if (name === 'no storage') continue
      // The sweep, which comes a while after the start, finds the database locked.
      const printed = one.printed().replaceAll('defect in retention: DatabaseError', '')
      expect(printed, name).not.toContain('defect')
    }
  })

  it('what was spooled is in the database as soon as that is back', async () => {
    locks.get('no database')?.close()
    const { url } = gateway('no database')
    const waiting = async () => (await (await fetch(`${url}/readyz`)).json()).spooled
    await expect.poll(waiting).toBe(0)
    const spooled = tallies.get('no database')?.fates.filter((fate) => fate === 'spooled')
    tallies.get('no database')?.fates.push(...(spooled ?? []).map(() => 'written'))
  })

  it('the counters say what the table says', async () => {
    for (const [name, one] of gateways) {
      await one.close()
      const { codes, judgeFailures, fates } = tallies.get(name) ?? {}
      expect([
        name,
        counted(name, 'chambers.requests', 'chambers.code'),
        counted(name, 'chambers.judge.failures', 'error.type'),
        counted(name, 'chambers.transcripts', 'chambers.fate'),
      ]).toEqual([name, ...[codes, judgeFailures, fates].map(totals)])
    }
  })
})

type Totals = Readonly<Record<string, number>>

function totals(words: readonly string[] = []): Totals {
  const sums: Record<string, number> = {}
  for (const word of words) sums[word] = (sums[word] ?? 0) + 1
  return sums
}

type Point = {
  readonly attributes: readonly { readonly key: string; readonly value: { stringValue: string } }[]
  readonly asDouble?: number
  readonly asInt?: number | string
}

/** The last value of a counter, summed by one label. */
function counted(name: Name, metric: string, label: string): Totals {
  const last = new Map<string, { readonly word: string; readonly value: number }>()
  for (const point of (receivers.get(name)?.points(metric) ?? []) as readonly Point[]) {
    const word = point.attributes.find(({ key }) => key === label)?.value.stringValue ?? ''
    const value = Number(point.asInt ?? point.asDouble)
    last.set(JSON.stringify(point.attributes), { word, value })
  }
  const sums: Record<string, number> = {}
  for (const { word, value } of last.values()) sums[word] = (sums[word] ?? 0) + value
  return sums
}
