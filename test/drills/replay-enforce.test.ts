/**
 * Every recorded chat exchange as the model behind a running gateway in `enforce`: each valid answer comes out the same, each
 * odd one as a mapped error, and nothing but the contract's fields leaves. Prints counts by provider with CHAMBERS_REPORT=1.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/lib/json.ts'
import { loadPolicies } from '../../src/start/node/load-policies.node.ts'
import { differences, formProblems, leaks, recordedAnswer } from '../conformance/compare-replies.ts'
import { concurrently } from '../fakes/concurrently.ts'
import { deliberatingReplay, JUDGE } from '../fakes/deliberating-replay.ts'
import { startTestGateway, type TestGateway } from '../fakes/gateway.ts'
import { openAiContract } from '../fakes/openapi.ts'
import { saysSomething, type Told, type ToldChoice, tell } from '../fakes/recorded-answer.ts'
import { type Exchange, loadExchanges } from '../fakes/replay.ts'
import { startUpstream, type Upstream } from '../fakes/upstream.ts'

type Strategy = 'native' | 'tagged' | 'two-pass' | 'auto'

const contract = openAiContract()
const exchanges = contract ? (loadExchanges({ api: 'chat' }) ?? []) : []

/** A length that cuts events, tags and characters, and keeps the number of writes bearable. */
const CHUNK_BYTES = 997

const CONCURRENCY = 8

/** Many times what it takes alone, for machines that do other work. */

const isWhole = (told: Told): told is Extract<Told, { kind: 'answer' }> =>
  told.kind === 'answer' &&
  told.choices.every((choice) => saysSomething(choice) || choice.finish === 'content_filter')

const reasons = (exchange: Exchange) => recordedAnswer(exchange).reasoning.trim() !== ''

/** One text and nothing else, in a form that tags can be put before. */
function isPlain(exchange: Exchange): boolean {
  const told = recordedAnswer(exchange)
  if (!isWhole(told) || told.choices.length !== 1) return false
  const [choice] = told.choices
  const isText = choice?.calls.length === 0 && choice.refusal === '' && choice.text !== ''
  // Sound behind tags would speak the deliberation: it takes two passes.
  const isSilent = !exchange.features.includes('audio')
  return isText && isSilent && !exchange.oddities.includes('content_is_array')
}

let upstream: Upstream
let withheld: string
const gateways = new Map<Strategy, TestGateway>()

beforeAll(async () => {
  if (exchanges.length === 0) return
  withheld = (await loadPolicies()).protocol.texts.fallback?.trim() ?? ''
  upstream = await startUpstream(deliberatingReplay({ exchanges, chunkBytes: CHUNK_BYTES }))
  for (const strategy of ['native', 'two-pass', 'tagged', 'auto'] as const) {
    const environment = { JUDGE_MODEL: JUDGE }
    gateways.set(
      strategy,
      await startTestGateway({ upstream: upstream.url, strategy, environment }),
    )
  }
})
afterAll(async () => {
  for (const gateway of gateways.values()) await gateway.close()
  await upstream?.close()
})

type Sent = {
  /** What was sent: `stripped` of fields the gateway refuses, `invalid` and so replaced, `absent` and so made up. */
  readonly request: 'recorded' | 'stripped' | 'invalid' | 'absent'
  readonly response: Response
  readonly body: string
}

/** Sends the recorded request, or a minimal one where there is none or the gateway does not take it. */
async function send(gateway: TestGateway, exchange: Exchange, stream: boolean): Promise<Sent> {
  const recordedBody = exchange.request.body
  const told = recordedAnswer(exchange)
  const n = told.kind === 'answer' ? told.choices.length : 1
  const minimal = { messages: [{ role: 'user', content: 'Go on.' }], ...(n > 1 && { n }) }
  let body: JsonObject = recordedBody?.messages ? recordedBody : minimal
  let request: Sent['request'] = body === recordedBody ? 'recorded' : 'absent'
  for (;;) {
    const response = await gateway.ask({
      ...body,
      model: exchange.id,
      stream,
    })
    const text = await response.text()
    const refusal = response.status === 400 ? JSON.parse(text).error : null
    if (body === minimal || !/^(?:Leave|Change|Send) /.test(refusal?.message ?? '')) {
      return { request, response, body: text }
    }
    if (refusal.code === 'unsupported_parameter') {
      body = without(body, refusal.param)
      request = 'stripped'
    } else {
      body = minimal
      request = 'invalid'
    }
  }
}

type Mutable = { [name: string]: JsonValue }

/** A copy of the body without what a path names: a field, or an item of a list. */
function without(body: JsonObject, path: string): JsonObject {
  const copy = structuredClone(body) as Mutable
  const steps = path.match(/[^.[\]]+/g) ?? []
  if (steps.at(-1) === 'type') steps.pop()
  const last = steps.pop() ?? ''
  let place: Mutable | Mutable[] = copy
  for (const step of steps) place = Reflect.get(place, step)
  if (Array.isArray(place)) place.splice(Number(last), 1)
  else delete place[last]
  if (Array.isArray(copy.tools) && copy.tools.length === 0) {
    delete copy.tools
    delete copy.tool_choice
  }
  return copy
}

type Outcome = {
  readonly exchange: Exchange
  readonly strategy: Strategy
  readonly request: Sent['request']
  /** `same`, or the status and code of an error. */
  readonly end: string
  readonly problems: readonly string[]
}

async function run(strategy: Strategy, exchange: Exchange, stream: boolean): Promise<Outcome> {
  const gateway = gateways.get(strategy)
  if (!gateway) throw new Error('Start the gateway first')
  const { request, response, body } = await send(gateway, exchange, stream)
  const expected = recordedAnswer(exchange)
  const told = readReply(response, body)
  const problems = [
    ...(contract ? formProblems(contract, { response, body, stream }) : []),
    ...leaks(exchange, response, body),
  ]
  const base = { exchange, strategy, request }
  const outcome = response.headers.get('x-chambers-outcome') ?? 'released'
  if (outcome !== 'released') problems.push(`the outcome is ${outcome}`)
  if ('error' in told) {
    const { status, code } = told.error
    if (isWhole(expected)) problems.push(`error in place of an answer: ${status} ${code}`)
    else if (!isMapped(exchange, told.error)) problems.push(`unmapped: ${status} ${code}`)
    return { ...base, end: `${status} ${code}`, problems }
  }
  if (expected.kind === 'error') problems.push('an answer in place of an error')
  else {
    const [wanted, got] = [expected, told].map(({ choices }) => choices.map(asReleased(strategy)))
    problems.push(...differences(wanted ?? [], got ?? []))
    if (strategy === 'native') problems.push(...(await lostReasoning(gateway, expected, response)))
  }
  return { ...base, end: 'same', problems }
}

/** Split off is not lost: the transcript holds the reasoning. */
async function lostReasoning(gateway: TestGateway, { reasoning }: Told, response: Response) {
  const record = await gateway.transcript(response)
  const kept = record?.attempts.map((attempt) => attempt.reasoning ?? '').join('') ?? ''
  const bare = (text: string) => text.replace(/<\/?think>|\s/g, '')
  return bare(kept).includes(bare(reasoning).slice(0, 200)) ? [] : ['reasoning lost']
}

/** What a choice becomes by the gateway's own rules. */
function asReleased(strategy: Strategy): (choice: ToldChoice) => ToldChoice {
  return (choice) => {
    // Newlines behind the closing tag belong to the tag.
    const hasTags = strategy === 'tagged' || strategy === 'auto'
    const text = hasTags ? choice.text.replace(/^[\r\n]+/, '') : choice.text
    // An answer that the provider withheld is told as a refusal in the policy's words.
    const isWithheld = choice.finish === 'content_filter' && !saysSomething(choice)
    return { ...choice, text: isWithheld ? withheld : text }
  }
}

type ErrorEnd = { readonly status: number; readonly code: string | null }

/** The reply's choices, or its error with the status it would have had. */
function readReply(
  response: Response,
  body: string,
): { readonly choices: readonly ToldChoice[] } | { readonly error: ErrorEnd } {
  const told = tell(body)
  if (told.kind === 'answer') return told
  const code = typeof told.error?.code === 'string' ? told.error.code : null
  return { error: { status: response.status, code } }
}

/** By the table of errors: the upstream's own 4xx, else what it says, else that the model server failed. */
function isMapped({ response }: Exchange, { status, code }: ErrorEnd): boolean {
  const upstreams = response.status
  // An error within a 200 is told as what it says that it is.
  if (upstreams === 200) return code !== null
  const isRejected = upstreams >= 400 && upstreams < 500 && upstreams !== 401 && upstreams !== 403
  // The headers of a stream may have left before its error was known.
  if (isRejected) return (status === upstreams || status === 200) && code !== null
  return (status === 502 || status === 200) && code === 'upstream_error'
}

const outcomes: Outcome[] = []

async function runAll(
  strategy: Strategy,
  chosen: readonly Exchange[],
  { other }: { readonly other: boolean } = { other: false },
): Promise<readonly string[]> {
  const ran = await concurrently(chosen, CONCURRENCY, (exchange) =>
    run(strategy, exchange, exchange.streaming !== other),
  )
  if (!other) outcomes.push(...ran)
  return ran.flatMap(({ exchange, problems }) =>
    problems.map((problem) => `${exchange.id} ${exchange.provider}: ${problem}`),
  )
}

/** The valid ones: all of them for a report, else every third, as these runs only repeat what others hold. */
function sample(): readonly Exchange[] {
  const step = process.env.CHAMBERS_REPORT ? 1 : 3
  const whole = exchanges.filter((exchange) => isWhole(recordedAnswer(exchange)))
  return whole.filter((_, index) => index % step === 0)
}

describe.skipIf(exchanges.length === 0)('recorded chat exchanges in enforce', () => {
  test('those with reasoning come out native with the same answer and without it', async () => {
    const chosen = exchanges.filter(reasons)
    expect(chosen.length).toBeGreaterThan(150)
    expect(await runAll('native', chosen)).toEqual([])
  })

  test('the others come out of two passes with the same answer', async () => {
    const chosen = exchanges.filter((exchange) => !reasons(exchange))
    expect(chosen.length).toBeGreaterThan(700)
    expect(await runAll('two-pass', chosen)).toEqual([])
  })

  test('plain answers come out the same from behind tags', async () => {
    const chosen = exchanges.filter((exchange) => isPlain(exchange) && !reasons(exchange))
    expect(chosen.length).toBeGreaterThan(300)
    expect(await runAll('tagged', chosen)).toEqual([])
  })

  test('the recordings with reasoning would themselves be found to leak', () => {
    const chosen = exchanges.filter(
      (exchange) => recordedAnswer(exchange).reasoning.trim().length > 120,
    )
    const missed = chosen.filter(
      (exchange) => leaks(exchange, new Response(), exchange.response.body).length === 0,
    )
    expect(missed.map(({ id }) => id)).toEqual([])
    expect(chosen.length).toBeGreaterThan(150)
  })

  test('auto finds a way to the same answer', async () => {
    expect(await runAll('auto', sample())).toEqual([])
  })

  test('a client that asks for the other form than was recorded is told the same', async () => {
    const whole = sample()
    const native = whole.filter(reasons)
    const others = whole.filter((exchange) => !reasons(exchange))
    expect(await runAll('native', native, { other: true })).toEqual([])
    expect(await runAll('two-pass', others, { other: true })).toEqual([])
  })

  afterAll(() => {
    if (process.env.CHAMBERS_REPORT) process.stdout.write(report(outcomes))
  })
})

function report(all: readonly Outcome[]): string {
  const once = all.filter(({ strategy }) => strategy === 'native' || strategy === 'two-pass')
  const providers = [...new Set(once.map(({ exchange }) => exchange.provider))].sort()
  const lines = providers.map((name) =>
    lineOf(
      name,
      once.filter(({ exchange }) => exchange.provider === name),
    ),
  )
  const byStrategy = (['native', 'two-pass', 'tagged', 'auto'] as const).map((name) =>
    lineOf(
      `all ${name}`,
      all.filter(({ strategy }) => strategy === name),
    ),
  )
  return `${[...lines, ...byStrategy].join('\n')}\n`
}

function lineOf(title: string, outcomes: readonly Outcome[]): string {
  const same = outcomes.filter(({ end, problems }) => end === 'same' && problems.length === 0)
  const ends = new Map<string, number>()
  for (const { end } of outcomes) if (end !== 'same') ends.set(end, (ends.get(end) ?? 0) + 1)
  const count = (kind: Sent['request']) => outcomes.filter(({ request }) => request === kind).length
  const wrong = outcomes.filter(({ problems }) => problems.length > 0).length
  const errors = [...ends].map(([end, count]) => `${count} x ${end}`).join(', ')
  return `${title}: ${same.length} of ${outcomes.length} same; mapped: ${errors || 'none'}; wrong: ${wrong}; requests stripped ${count('stripped')}, invalid ${count('invalid')}, absent ${count('absent')}`
}
