/**
 * Recorded exchanges served again as an upstream: byte for byte, in network chunks of a chosen size.
 * I/O: reads `../shared/data/upstream` beside the project; where that is absent, loaders give null and tests skip.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { type Reply, startUpstream, type Upstream } from './upstream.ts'

export type Exchange = {
  readonly id: string
  readonly group: string
  readonly provenance: 'recorded' | 'edited' | 'fixture'
  readonly fidelity: 'raw' | 'content-decoded' | 'reserialized' | 'reconstructed'
  readonly provider: string
  readonly api: string
  readonly model: string
  readonly streaming: boolean
  readonly features: readonly string[]
  readonly oddities: readonly string[]
  readonly request: {
    readonly method: string
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: JsonObject | null
  }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
}

export type ExchangeFilter = {
  readonly api?: string
  readonly streaming?: boolean
  readonly provider?: string
}

const FOLDER = join(import.meta.dirname, '../../../shared/data/upstream')

/** Files of the folder that hold no exchanges. */
const OTHER_FILES = new Set(['index.jsonl', 'from_threads.jsonl'])

/** The exchanges that fit the filter, in the order of files and lines; null where the recordings are absent. */
export function loadExchanges(filter: ExchangeFilter = {}): readonly Exchange[] | null {
  if (!existsSync(FOLDER)) return null
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.jsonl') && !OTHER_FILES.has(file))
    .sort()
    .flatMap((file) => readFileSync(join(FOLDER, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line): Exchange => JSON.parse(line))
    .filter(
      (exchange) =>
        (filter.api === undefined || exchange.api === filter.api) &&
        (filter.streaming === undefined || exchange.streaming === filter.streaming) &&
        (filter.provider === undefined || exchange.provider === filter.provider),
    )
}

export type ReplayOptions = {
  readonly exchanges: readonly Exchange[]
  /** Bytes of each network chunk, characters cut anywhere; whole bodies when absent. */
  readonly chunkBytes?: number
}

/** Serves the exchange whose id is named by the header `x-replay-id`, else by the request's `model`. */
export function startReplay({ exchanges, chunkBytes }: ReplayOptions): Promise<Upstream> {
  const byId = new Map(exchanges.map((exchange) => [exchange.id, exchange]))
  return startUpstream((request) => {
    const body = request.json
    const model = isJsonObject(body) && typeof body.model === 'string' ? body.model : ''
    const header = request.headers['x-replay-id']
    const id = typeof header === 'string' ? header : model
    const exchange = byId.get(id)
    if (!exchange) return { status: 404, json: { error: { message: `No exchange ${id}` } } }
    return replayReply(exchange, chunkBytes)
  })
}

/** An exchange's response as a scripted reply. */
export function replayReply(exchange: Exchange, chunkBytes?: number): Reply {
  const { status, headers, body } = exchange.response
  const bytes = Buffer.from(body, 'utf8')
  return { status, headers: replayedHeaders(headers), pieces: split(bytes, chunkBytes) }
}

/** Recorded framing and encoding no longer hold: bodies are stored decoded. */
const DROPPED = new Set(['transfer-encoding', 'content-encoding', 'content-length', 'connection'])

function replayedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !DROPPED.has(name)))
}

function split(bytes: Uint8Array, chunkBytes = Math.max(bytes.length, 1)): readonly Uint8Array[] {
  const count = Math.ceil(bytes.length / chunkBytes)
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
}
