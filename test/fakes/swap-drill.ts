/**
 * Swaps a policy again and again while requests flow, and finds out what every one of them was served by. Black box: HTTP to
 * gateways and a scripted model server, nothing else. Each revision's summaries name its edition, and each request is a
 * conversation of its own, so that what the model server was asked tells which edition a request was drafted and judged under.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { concurrently } from './concurrently.ts'
import { type Speaker, textOf } from './speaker.ts'
import { until } from './waiting.ts'

export type DrillTarget = {
  /** Every instance that serves; changes are sent to the first. */
  readonly urls: readonly string[]
  readonly appKey: string
  /** An admin's token: each admin may make so many requests a minute. */
  readonly adminToken: (subject: string) => Promise<string>
}

/** A revision that was pushed and waits: its number, and the digest it goes by. */
export type DrillRevision = { readonly number: number; readonly digest: string }

export type DrillOptions = {
  readonly target: DrillTarget
  readonly policy: string
  /** In the order of their activation; edition n is the n-th, counted from 1. The first serves before requests begin. */
  readonly revisions: readonly DrillRevision[]
  readonly speaker: Speaker
  /** Requests under way at any time. */
  readonly concurrency: number
  /** Sets this drill's requests apart from those of another one. */
  readonly name: string
  /** Between one activation's answer and the next. */
  readonly pauseMs: number
}

type Served = {
  readonly url: string
  readonly model: string
  readonly startedMs: number
  readonly status: number
  /** The edition named in the response's header; null when it names none that is known. */
  readonly edition: number | null
  /** False for a stream that ended without its last event. */
  readonly whole: boolean
}

export type DrillReport = {
  readonly requests: number
  readonly streams: number
  readonly editionsServed: number
  /** What is wrong with single requests, in words; empty when nothing is. */
  readonly faults: readonly string[]
  /** From the answer to an activation until an instance had last taken a request under an older edition, in milliseconds. */
  readonly staleMs: Percentiles
  /** From sending an activation until an instance took its first request under it or a later one. */
  readonly servedMs: Percentiles
  readonly activationMs: Percentiles
}

export type Percentiles = { readonly p50: number; readonly p99: number; readonly max: number }

/** What a request's whole conversation with the model server must name, and nothing else. */
export function editionMark(edition: number): string {
  return `Edition ${edition} of this guide.`
}

const MARK = /Edition (\d+) of this guide\./g

export async function runSwapDrill(options: DrillOptions): Promise<DrillReport> {
  const { target, policy, revisions, pauseMs, concurrency } = options
  const [first, ...others] = revisions
  if (!first) throw new TypeError('Give at least one revision')
  await activate(target, policy, first)
  await everywhere(target, policy, first)
  const served: Served[] = []
  const activations: { readonly sentMs: number; readonly answeredMs: number }[] = []
  let running = true
  const editions = new Map(revisions.map(({ digest }, index) => [digest, index + 1]))
  const load = Promise.all(
    Array.from({ length: concurrency }, async (_, client) => {
      for (let number = 0; running; number++) {
        const url = target.urls[(client + number) % target.urls.length] ?? ''
        const question = {
          url,
          model: `${options.name}-${client}-n${number}`,
          stream: number % 2 === 1,
        }
        served.push(await ask(options, question, editions))
      }
    }),
  )
  for (const revision of others) {
    await pause(pauseMs)
    const sentMs = performance.now()
    await activate(target, policy, revision)
    activations.push({ sentMs, answeredMs: performance.now() })
  }
  const last = revisions.at(-1) ?? first
  await everywhere(target, policy, last)
  running = false
  await load
  return report(options, served, activations)
}

async function activate(
  { urls, adminToken }: DrillTarget,
  policy: string,
  { number }: DrillRevision,
): Promise<void> {
  const response = await fetch(`${urls[0]}/admin/v1/policies/${policy}/activate`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await adminToken(subjectOf(number))}`,
      'content-type': 'application/json',
      'if-match': '*',
    },
    body: JSON.stringify({ revision: number, percent: 100 }),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`Activation ${number}: ${response.status} ${text}`)
}

/** Who makes the change of this number: nobody makes more than a few hundred. */
export function subjectOf(number: number): string {
  return `drill-${Math.floor(number / 200)}`
}

/** Waits until every instance serves the revision. */
async function everywhere(
  { urls, appKey }: DrillTarget,
  policy: string,
  { digest }: DrillRevision,
): Promise<void> {
  await concurrently(urls, urls.length, async (url) => {
    await until(`${url} serves ${digest}`, async () => {
      const response = await send({ url, appKey, policy, model: 'warm-up', stream: false })
      await response.arrayBuffer()
      return response.headers.get('x-chambers-policy') === `${policy}@${digest}`
    })
  })
}

function send(question: {
  readonly url: string
  readonly appKey: string
  readonly policy: string
  readonly model: string
  readonly stream: boolean
}): Promise<Response> {
  const { url, appKey, policy, model, stream } = question
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${appKey}`,
      'content-type': 'application/json',
      'x-chambers-policy': policy,
    },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Good day' }] }),
  })
}

async function ask(
  { target, policy }: DrillOptions,
  question: { readonly url: string; readonly model: string; readonly stream: boolean },
  editions: ReadonlyMap<string, number>,
): Promise<Served> {
  const startedMs = performance.now()
  const response = await send({ ...question, appKey: target.appKey, policy })
  const text = await response.text()
  const [id, digest = ''] = (response.headers.get('x-chambers-policy') ?? '').split('@')
  return {
    url: question.url,
    model: question.model,
    startedMs,
    status: response.status,
    edition: id === policy ? (editions.get(digest) ?? null) : null,
    whole: !question.stream || text.includes('data: [DONE]'),
  }
}

function report(
  { revisions, speaker, target }: DrillOptions,
  served: readonly Served[],
  activations: readonly { readonly sentMs: number; readonly answeredMs: number }[],
): DrillReport {
  const faults = served.flatMap((one) => faultsOf(one, speaker))
  const staleMs: number[] = []
  const servedMs: number[] = []
  for (const url of target.urls) {
    const here = served
      .filter((one) => one.url === url && one.edition !== null)
      .toSorted((a, b) => a.startedMs - b.startedMs)
    for (const [index, { sentMs, answeredMs }] of activations.entries()) {
      const edition = index + 2
      const first = here.find((one) => one.startedMs >= sentMs && (one.edition ?? 0) >= edition)
      if (first) servedMs.push(first.startedMs - sentMs)
      const late = here.findLast((one) => (one.edition ?? 0) < edition)
      staleMs.push(Math.max(0, (late?.startedMs ?? 0) - answeredMs))
    }
  }
  return {
    requests: served.length,
    streams: served.filter(({ model }) => Number(model.split('-n')[1]) % 2 === 1).length,
    editionsServed: new Set(served.map(({ edition }) => edition)).size,
    faults: [...faults, ...(revisions.length > activations.length + 1 ? ['not all swapped'] : [])],
    staleMs: percentiles(staleMs),
    servedMs: percentiles(servedMs),
    activationMs: percentiles(activations.map(({ sentMs, answeredMs }) => answeredMs - sentMs)),
  }
}

function faultsOf({ model, status, edition, whole }: Served, speaker: Speaker): readonly string[] {
  if (status !== 200) return [`${model}: status ${status}`]
  if (!whole) return [`${model}: a stream without its end`]
  if (edition === null) return [`${model}: no known policy`]
  const asked = speaker.asked(model)
  const named = asked.map(({ body }) => [
    ...new Set([...textOf(body).matchAll(MARK)].map(([, number]) => Number(number))),
  ])
  if (asked.length < 3) return [`${model}: only ${asked.length} calls`]
  return named.every((marks) => marks.length === 1 && marks[0] === edition)
    ? []
    : [`${model}: served as edition ${edition}, asked under ${JSON.stringify(named)}`]
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) /
    10
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
