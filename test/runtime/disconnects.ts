/**
 * A client that leaves while calls to the model server hang, and how many of them are told. Shared by the platforms.
 * I/O: one request to a gateway; the calls are made to a scripted upstream.
 */
import type { JsonObject } from '../../src/lib/json.ts'
import type { DoorName } from '../../src/wire/door.ts'
import {
  type Asked,
  behave,
  createSpeaker,
  type Speaker,
  verdictReply,
  violation,
} from '../fakes/speaker.ts'
import { type Reply, startUpstream, type Upstream } from '../fakes/upstream.ts'

/** A point of a deliberation at which a client may leave. */
export type Point = {
  readonly at: string
  /** The calls that hang, and how many of them are open at once. */
  readonly hangs: (asked: Asked) => boolean
  readonly open: number
  /** What is said before; undefined leaves it to the well-behaved model. */
  readonly says?: (asked: Asked) => Reply | undefined
  readonly request?: JsonObject
  /** By which it can be come to; all where left out. */
  readonly doors?: readonly DoorName[]
}

const isReview = ({ kind }: Asked) => kind === 'answer' || kind === 'reasoning'
const isDraft = ({ kind }: Asked) => !isReview({ kind } as Asked)

export const POINTS: readonly Point[] = [
  { at: 'the draft', hangs: isDraft, open: 1 },
  { at: 'both reviews', hangs: isReview, open: 2 },
  {
    at: 'the second draft',
    hangs: (asked) => isDraft(asked) && asked.earlier > 0,
    open: 1,
    says: (asked) => (asked.kind === 'answer' ? verdictReply(asked, violation(asked)) : undefined),
  },
  {
    at: 'the second pass',
    hangs: ({ kind }) => kind === 'second pass',
    open: 1,
    request: { stop: ['END'] },
  },
  {
    at: 'the reviews of two choices',
    hangs: isReview,
    open: 4,
    request: { n: 2 },
    doors: ['chat'],
    says: (asked) => (asked.kind === 'second pass' ? twoChoices(asked) : undefined),
  },
]

export type Hanging = {
  readonly upstream: Upstream
  readonly speaker: Speaker
}

export async function startHanging(): Promise<Hanging> {
  const speaker = createSpeaker()
  return { speaker, upstream: await startUpstream(speaker.script) }
}

let models = 0

/**
 * Asks, waits until the point's calls hang, leaves, waits until each call was told, and gives how many they were.
 */
export async function leaveAt(
  point: Point,
  options: Hanging & {
    readonly stall: 'before-headers' | 'after-headers'
    readonly ask: (body: JsonObject, signal: AbortSignal) => Promise<unknown>
    /** What else to wait for before leaving: the head of a stream, say. */
    readonly until?: Promise<unknown>
  },
): Promise<number> {
  const model = `hanging-${models++}`
  const hung: Asked[] = []
  const all = Promise.withResolvers<void>()
  options.speaker.on(model, (asked) => {
    if (!point.hangs(asked)) return point.says?.(asked)
    hung.push(asked)
    if (hung.length === point.open) all.resolve()
    return { stall: options.stall }
  })
  const client = new AbortController()
  const messages = [{ role: 'user', content: 'Good day' }]
  const asking = options
    .ask({ model, messages, ...point.request }, client.signal)
    .catch(() => 'left')
  await Promise.race([Promise.all([all.promise, options.until]), asking.then(unexpected)])
  client.abort()
  const told = await Promise.all(hung.map(({ request }) => request.aborted))
  await asking
  return told.length
}

function unexpected(answer: unknown): never {
  throw new Error(`The request ended before anything hung: ${JSON.stringify(answer)}`)
}

/** The same message twice: what a server does with `n: 2`. */
function twoChoices(asked: Asked): Reply {
  const reply = behave(asked)
  if ('sse' in reply) {
    const sse = reply.sse.flatMap((event) => {
      const { choices } = event as { choices: object[] }
      return choices.length === 0
        ? [event]
        : [event, { ...(event as object), choices: choices.map((one) => ({ ...one, index: 1 })) }]
    })
    return { ...reply, sse }
  }
  if (!('json' in reply)) return reply
  const body = reply.json as { choices: object[] }
  return { json: { ...body, choices: body.choices.flatMap((one) => [one, { ...one, index: 1 }]) } }
}
