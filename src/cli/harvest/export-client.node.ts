/**
 * Reads what a gateway streams, line by line, however long it takes to begin. I/O over HTTP. The token is sent to the named URL
 * alone: a redirect is not followed.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { text as textOf } from 'node:stream/consumers'
import { isJsonObject, parseJson } from '../../lib/json.ts'
import { printable } from '../../text/printable.ts'
import { linesOf } from '../shell/lines-of.ts'
import type { ExportQuery } from './harvest-export-settings.node.ts'

export type ExportAnswer = {
  /** Null where it was refused for an expected reason. */
  readonly lines: AsyncIterable<string> | null
  /** As the gateway has noted the export. */
  readonly id: string
  /** The number up to which it read the store. */
  readonly through: number
}

export type ExportClient = {
  /** `path`: below `/admin/v1`. @throws Error in one clear line, but for refusals that are expected. */
  get(path: string, query: ExportQuery, expected?: readonly string[]): Promise<ExportAnswer>
}

export function createExportClient(url: string, token: string): ExportClient {
  const base = `${url.replace(/(?<!\/)\/+$/, '')}/admin/v1`
  return {
    async get(path, query, expected = []) {
      const address = new URL(`${base}/${path}?${toText(query)}`)
      const response = await open(address, token).catch(() => {
        throw new Error(`Cannot reach ${url}: does the gateway run there?`)
      })
      const { statusCode, headers } = response
      const id = String(headers['x-chambers-export'] ?? '')
      const through = Number(headers['x-chambers-through'] ?? 0)
      if (statusCode === 200) return { lines: whole(url, response), id, through }
      const { reason, text } = refusalOf(await textOf(response))
      if (expected.includes(reason)) return { lines: null, id, through }
      throw new Error(`${url} answered ${statusCode}${text}`)
    },
  }
}

/** Without a time limit: nothing is sent before all that is compared was read. */
function open(address: URL, token: string): Promise<IncomingMessage> {
  const request = address.protocol === 'https:' ? requestHttps : requestHttp
  const options = { agent: false, headers: { authorization: `Bearer ${token}` } }
  return new Promise((resolve, reject) => {
    request(address, options, resolve).on('error', reject).end()
  })
}

/** Whoever stops reading closes the connection, which holds the gateway's place of exports. */
async function* whole(url: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  try {
    for await (const line of linesOf(body)) yield line
  } catch {
    throw new Error(`Export again: ${url} broke off, and nothing of it was kept`)
  }
}

function toText(query: ExportQuery): string {
  const all = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value]),
  )
  return new URLSearchParams(all).toString()
}

function refusalOf(text: string) {
  const parsed = parseJson(text)
  const problem = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
  const { detail, reason, problems } = problem
  const first = Array.isArray(problems) && isJsonObject(problems[0]) ? problems[0] : {}
  const why = [detail, first.parameter, first.message].filter((one) => typeof one === 'string')
  return {
    reason: typeof reason === 'string' ? reason : '',
    text: why.length > 0 ? `: ${printable(why.join(': '))}` : '',
  }
}
