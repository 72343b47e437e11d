/**
 * What an export gives that was not there before: the stretch of the store that it reads, what it must take back of earlier ones,
 * and by what name a later one goes on from it. I/O through the SQL port; reads, and numbers what was stored. It knows ids and
 * counts, no content.
 */
import type { Database } from '../../../database/database.ts'
import { canonicalJson, isJsonObject, type JsonObject } from '../../../lib/json.ts'
import { fail, type Result, succeed } from '../../../lib/result.ts'
import { settleNumbers } from '../../../transcript/store/changes.ts'
import type { ExportRecord, ExportStore } from '../../../transcript/store/exports.ts'
import { type GivenExport, readGivenPrints } from '../../../transcript/store/given.ts'
import type { NumberRange } from '../../../transcript/store/list.ts'
import { readTouched, type Tombstones, type Touched } from './touched.ts'

/** What was asked: what is later than a cursor, or than an earlier export; all for neither. */
export type AskedIncrement = {
  readonly after: number | null
  /** The id of an export, or its name. */
  readonly since: string | null
}

/** As manifests and notes tell it. */
export type ToldIncrement = NumberRange & {
  /** The name of the export that it goes on from. */
  readonly since: string | null
}

export type Increment = {
  readonly told: ToldIncrement
  /** The earlier exports that it goes on from, the newest first. */
  readonly chain: readonly GivenExport[]
  readonly touched: Touched
}

export const INCREMENT_REFUSALS = [
  'since_unknown',
  'since_older',
  'since_differs',
  'after_ahead',
] as const

export type IncrementRefusal = {
  readonly reason: (typeof INCREMENT_REFUSALS)[number]
  /** For people. */
  readonly message: string
}

export type IncrementPorts = {
  readonly database: Database
  readonly exports: Pick<ExportStore, 'find'>
}

export type IncrementOptions = AskedIncrement & {
  readonly format: string
  readonly arguments: JsonObject
  readonly tenants: readonly string[] | null
}

/** Fixes what is read: what is stored from now on is in the next one. @throws DatabaseError when the database does not answer. */
export async function openIncrement(
  ports: IncrementPorts,
  options: IncrementOptions,
): Promise<Result<Increment, IncrementRefusal>> {
  const { after, since, tenants } = options
  const earlier = since === null ? null : await findEarlier(ports, since, options)
  if (earlier && !earlier.ok) return earlier
  const from = earlier?.value ?? null
  const chain = from ? await chainOf(ports, from) : []
  const through = await settleNumbers(ports.database)
  const range = { after: from?.told.through ?? after ?? 0, through }
  if (range.after > through) {
    const message = `The store has come to number ${through}, and not to ${range.after}: is this cursor of another store?`
    return fail({ reason: 'after_ahead', message })
  }
  const touched = await readTouched(ports.database, { range, tenants, chain: from && chain })
  return succeed({ told: { ...range, since: from?.record.name ?? null }, chain, touched })
}

/** As a manifest tells it: with how many rows are to be taken out, by reason, and how much went because it was old. */
export type IncrementFigures = ToldIncrement & {
  readonly tombstones: Readonly<Record<string, number>>
  /** Null where a gateway has not told. */
  readonly expired: number | null
}

export function toldWith({ told, touched }: Increment, tombstones: Tombstones): IncrementFigures {
  return { ...told, tombstones: tombstones.counts(), expired: touched.expired }
}

/** What the rows of earlier exports are compared by. */
export async function* givenBefore(
  database: Database,
  chain: readonly GivenExport[],
): AsyncGenerator<Uint8Array> {
  for (const one of chain) yield* readGivenPrints(database, one)
}

/** What a note holds of an export: its arguments, and where it stands. */
export function notedArguments(
  asked: JsonObject,
  { after, through, since }: ToldIncrement,
): JsonObject {
  return { ...asked, increment: { after, through, since } }
}

type Earlier = { readonly record: ExportRecord; readonly told: ToldIncrement }

async function findEarlier(
  { exports }: IncrementPorts,
  since: string,
  { format, arguments: asked }: IncrementOptions,
): Promise<Result<Earlier, IncrementRefusal>> {
  const record = await exports.find(since)
  // Whoever sees other tenants learns nothing of it, not even that it is there.
  if (!record || !isSame(tenantsOf(record.filters), tenantsOf(asked))) {
    const message =
      'No export by this name was noted here for these tenants: name another, or go on from the number that its manifest calls through, with after'
    return fail({ reason: 'since_unknown', message })
  }
  const told = readTold(record.filters.increment)
  if (!told) {
    const message =
      'That export does not say how far it read: make one without since, and go on from that'
    return fail({ reason: 'since_older', message })
  }
  const other = [
    ...(record.format === format ? [] : ['format']),
    ...differences(record.filters, asked),
  ]
  if (other.length > 0) {
    return fail({ reason: 'since_differs', message: differs(other) })
  }
  return succeed({ record, told })
}

async function chainOf(
  { exports }: IncrementPorts,
  first: Earlier,
): Promise<readonly GivenExport[]> {
  const chain: GivenExport[] = []
  for (let link: Earlier | null = first; link !== null; ) {
    chain.push({ id: link.record.id, through: link.told.through })
    link = link.told.since === null ? null : await readEarlier(exports, link.told.since)
  }
  return chain
}

async function readEarlier(
  exports: IncrementPorts['exports'],
  name: string,
): Promise<Earlier | null> {
  const record = await exports.find(name)
  const told = record && readTold(record.filters.increment)
  return told && { record, told }
}

function readTold(value: unknown): ToldIncrement | null {
  if (!isJsonObject((value ?? null) as JsonObject)) return null
  const { after, through, since } = value as JsonObject
  if (typeof after !== 'number' || typeof through !== 'number') return null
  return { after, through, since: typeof since === 'string' ? since : null }
}

/** Says it, of arguments by name. */
export function differs(other: readonly string[]): string {
  return `That export was made with other arguments (${other.join(', ')}): ask as it was asked, or begin anew without since`
}

/** How a file is written changes no row; the format is compared by itself. */
const BESIDE: readonly string[] = ['encoding', 'increment', 'format']

/** By name: what both say, and differently. What only one knows came with another version of the program. */
export function differences(one: JsonObject, other: JsonObject, place = ''): readonly string[] {
  return Object.entries(one).flatMap(([name, value]) => {
    const own = other[name]
    if (own === undefined || BESIDE.includes(name)) return []
    if (isJsonObject(value) && isJsonObject(own)) return differences(value, own, `${place}${name}.`)
    return isSame(value, own) ? [] : [`${place}${name}`]
  })
}

function tenantsOf({ filter = null }: JsonObject) {
  return isJsonObject(filter) ? filter.tenants : undefined
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson((one ?? null) as JsonObject) === canonicalJson((other ?? null) as JsonObject)
}
