/**
 * Responses that are kept for whoever names them later: written before the last byte of the answer is sent, read by their ids. I/O
 * through the store of state, bounded in time. What cannot be written is lost and counted; it never costs an answer. Another
 * tenant's is not there.
 */
import { DatabaseError } from '../database/database.ts'
import { GatewayError } from '../errors.ts'
import type { Held } from '../http/bytes-in-flight.ts'
import { beforeTimeout } from '../lib/before-timeout.ts'
import type { JsonObject } from '../lib/json.ts'
import type { StateStore } from '../state/store.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type SubjectKey, subjectOf } from '../transcript/store/subject.ts'
import type { Asked, EarlierAnswers, KeptAnswer } from '../wire/door.ts'
import { DOORS } from '../wire/doors.ts'
import {
  itemsOf,
  type KeptResponse,
  namedIn,
  readKept,
  responseOfItem,
} from '../wire/responses/kept.ts'
import type { Exchange } from './exchange.ts'

export type KeptResponsesPorts = {
  readonly store: Pick<StateStore, 'put' | 'get' | 'delete'>
  /** How long, in milliseconds; 0: not at all. */
  readonly responseMs: number
  readonly subjectKey: SubjectKey
  readonly metrics: Pick<Metrics, 'state'>
  readonly timeoutMs: number
  /** Of a conversation, in characters of JSON: as long as a body may be. */
  readonly maxLength: number
}

export type KeptResponses = {
  /**
   * What a body names of what is kept; undefined where it names nothing.
   * @throws GatewayError `previous_response_not_found`, `request_too_large`, `overloaded`, `storage_unavailable`.
   */
  readonly earlier: (
    tenant: string,
    body: JsonObject,
    held: Pick<Held, 'take'> | undefined,
  ) => Promise<EarlierAnswers | undefined>
  /** Before the answer is sent. Never rejects. */
  readonly keep: (
    exchange: Pick<Exchange, 'door' | 'principal' | 'time'>,
    asked: Asked,
    answer: KeptAnswer,
  ) => Promise<void>
  /** @throws GatewayError `not_found`, `storage_unavailable`. */
  readonly find: (tenant: string, id: string) => Promise<KeptResponse>
  /** What stood before a response, as far as it is there. @throws GatewayError `storage_unavailable`. */
  readonly before: (tenant: string, response: KeptResponse) => Promise<readonly JsonObject[]>
  /** @throws GatewayError `not_found`, `storage_unavailable`. */
  readonly delete: (tenant: string, id: string) => Promise<void>
}

/** Of responses: a loop of tools makes one at each step. */
const MAX_CHAIN = 1_000
/** Of responses that single items of a request are of. */
const MAX_REFERRED = 256
const REFERRED_AT_ONCE = 8
/** Of one response, in characters of JSON: it is read whole. */
const MAX_KEPT_LENGTH = 8 * 1024 * 1024

export function createKeptResponses(ports: KeptResponsesPorts): KeptResponses {
  const { store, metrics, timeoutMs } = ports
  return {
    async earlier(tenant, body, held) {
      const { previous, items } = namedIn(body)
      if (previous === null && items.length === 0) return undefined
      const before =
        previous === null
          ? NOTHING_BEFORE
          : await conversation(ports, { tenant, id: previous, held })
      return { ...before, referred: await referredItems(ports, tenant, { items, before, held }) }
    },
    async keep(exchange, asked, answer) {
      if (ports.responseMs === 0) return
      if (JSON.stringify(answer.content).length > MAX_KEPT_LENGTH) return metrics.state('too_large')
      try {
        await inTime(put(ports, exchange, asked, answer), timeoutMs)
        metrics.state('kept')
      } catch {
        metrics.state('unkept')
      }
    },
    async find(tenant, id) {
      const kept = (await get(ports, tenant, [id])).get(id)
      if (!kept) throw notFound()
      return kept
    },
    async before(tenant, { chain }) {
      const kept = await get(ports, tenant, chain)
      return turnsOf(chain, kept).flatMap(itemsOf)
    },
    async delete(tenant, id) {
      const place = { tenant, kind: 'response' } as const
      if (!(await inTime(store.delete(place, id), timeoutMs))) throw notFound()
    },
  }
}

type Before = Omit<EarlierAnswers, 'referred'>

const NOTHING_BEFORE: Before = { items: [], chain: [], length: 0 }

async function put(
  { store, subjectKey, responseMs }: KeptResponsesPorts,
  { door, principal, time }: Pick<Exchange, 'door' | 'principal' | 'time'>,
  { body }: Asked,
  { id, model, content }: KeptAnswer,
): Promise<void> {
  const { tenant } = principal
  const asking = { ...DOORS[door].askedBy(body), tokenSubject: principal.subject }
  const subject = await subjectOf(subjectKey, { tenant, ...asking })
  const about = { tenant, kind: 'response', key: id, subject, model } as const
  await store.put([{ ...about, created: time, expires: time + responseMs, content }])
}

async function get(
  { store, timeoutMs }: KeptResponsesPorts,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KeptResponse>> {
  const kept = await inTime(store.get({ tenant, kind: 'response' }, ids), timeoutMs)
  const found = new Map<string, KeptResponse>()
  for (const [id, { content }] of kept) {
    const response = readKept(content)
    if (response) found.set(id, response)
  }
  return found
}

/** Those that are there, in order. */
function turnsOf(
  chain: readonly string[],
  kept: ReadonlyMap<string, KeptResponse>,
): readonly KeptResponse[] {
  return chain.flatMap((id) => kept.get(id) ?? [])
}

type Named = {
  readonly tenant: string
  readonly id: string
  readonly held: Pick<Held, 'take'> | undefined
}

/** What a response has behind it, itself as the last. */
async function conversation(
  ports: KeptResponsesPorts,
  { tenant, id, held }: Named,
): Promise<Before> {
  const previousNotFound = () =>
    new GatewayError('previous_response_not_found', { param: 'previous_response_id' })
  const last = (await get(ports, tenant, [id])).get(id)
  if (!last) throw previousNotFound()
  const chain = [...last.chain, id]
  if (last.length > ports.maxLength || chain.length > MAX_CHAIN) throw tooLong()
  held?.take(last.length)
  const others = turnsOf(last.chain, await get(ports, tenant, last.chain))
  if (others.length < last.chain.length) throw previousNotFound()
  return { items: [...others, last].flatMap(itemsOf), chain, length: last.length }
}

type Referring = {
  readonly items: readonly string[]
  readonly before: Before
  readonly held: Named['held']
}

/** Those that are there, of this conversation or another. */
async function referredItems(
  ports: KeptResponsesPorts,
  tenant: string,
  { items, before, held }: Referring,
): Promise<ReadonlyMap<string, JsonObject>> {
  const byId = new Map(before.items.map((item) => [item.id, item] as const))
  const unknown = items.filter((id) => !byId.has(id))
  const responses = [...new Set(unknown.flatMap((id) => responseOfItem(id) ?? []))]
  for (let at = 0; at < Math.min(responses.length, MAX_REFERRED); at += REFERRED_AT_ONCE) {
    const kept = await get(ports, tenant, responses.slice(at, at + REFERRED_AT_ONCE))
    const found = [...kept.values()].flatMap(itemsOf)
    held?.take(JSON.stringify(found).length)
    for (const item of found) byId.set(item.id, item)
  }
  const referred = new Map<string, JsonObject>()
  for (const id of items) {
    const item = byId.get(id)
    if (item) referred.set(id, item)
  }
  return referred
}

/** @throws GatewayError `storage_unavailable` where the store is out of reach, or too slow. */
async function inTime<Value>(work: Promise<Value>, timeoutMs: number): Promise<Value> {
  const message = 'What is kept of responses is out of reach'
  try {
    return await beforeTimeout(work, timeoutMs, () => {
      throw new GatewayError('storage_unavailable', { message })
    })
  } catch (cause) {
    if (!(cause instanceof DatabaseError)) throw cause
    throw new GatewayError('storage_unavailable', { message, cause })
  }
}

function notFound(): GatewayError {
  return new GatewayError('not_found', { message: 'There is no such response, or none any more' })
}

function tooLong(): GatewayError {
  return new GatewayError('request_too_large', {
    param: 'previous_response_id',
    message: 'The conversation behind previous_response_id is too long: begin a new one',
  })
}
