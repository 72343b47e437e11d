/**
 * The routes of responses that are kept: read, streamed again, listed, cancelled, deleted, and how many tokens an input takes. I/O:
 * the store of state, bodies. Nothing is released here that was not released before, to the same tenant.
 */
import { GatewayError } from '../errors.ts'
import { encodeEvent } from '../http/event-stream.ts'
import { readJsonBody } from '../http/read.ts'
import type { JsonObject } from '../lib/json.ts'
import { eventsOf } from '../wire/responses/events.ts'
import { inquiryFromResponses } from '../wire/responses/inquiry.ts'
import { listedItem, withReferred } from '../wire/responses/kept.ts'
import { readResponsesRequest } from '../wire/responses/read-request.ts'
import { estimateTokens } from './count-tokens.ts'
import type { GatewayContext } from './exchange.ts'
import type { KeptResponses } from './kept-responses.ts'

export type ResponseRoute = (c: GatewayContext, id: string) => Promise<Response>

export type ResponseRoutes = {
  readonly read: ResponseRoute
  readonly remove: ResponseRoute
  readonly cancel: ResponseRoute
  readonly listInput: ResponseRoute
  readonly countInput: (c: GatewayContext) => Promise<Response>
}

export type ResponseRoutesPorts = {
  readonly kept: KeptResponses
  readonly maxBodyBytes: number
}

export function createResponseRoutes({ kept, maxBodyBytes }: ResponseRoutesPorts): ResponseRoutes {
  const tenantOf = (c: GatewayContext) => c.get('principal').tenant
  return {
    async read(c, id) {
      const isStream = readSwitch(c, 'stream')
      const after = readNumber(c, 'starting_after', { least: 0 })
      const { object } = await kept.find(tenantOf(c), id)
      if (!isStream) return answer(c, object)
      return streamOf(c, object, { after, obfuscate: readSwitch(c, 'include_obfuscation') })
    },
    async remove(c, id) {
      await kept.delete(tenantOf(c), id)
      return answer(c, { id, object: 'response', deleted: true })
    },
    async cancel(c, id) {
      await kept.find(tenantOf(c), id)
      throw new GatewayError('invalid_request', {
        message:
          'Only responses that are made in the background can be cancelled, and this one was not',
      })
    },
    async listInput(c, id) {
      const page = readPage(c)
      const response = await kept.find(tenantOf(c), id)
      const before = await kept.before(tenantOf(c), response)
      return answer(c, listOf([...before, ...response.input], page))
    },
    async countInput(c) {
      const options = { exact: true, held: c.get('held'), bytes: c.get('body') }
      const body = await readJsonBody(c.req.raw, maxBodyBytes, options)
      const { model, input } = body
      const filled = { ...body, model: model ?? 'none', input: input ?? '' }
      const request = readResponsesRequest(filled)
      if (!request.ok) throw new GatewayError('invalid_request', request.failure)
      const earlier = await kept.earlier(tenantOf(c), body, c.get('held'))
      const items = earlier
        ? withReferred(request.value.input, earlier.referred)
        : request.value.input
      // Nothing is run, so nothing has to be refused.
      const reading = { mode: 'off', ...(earlier && { earlier }) } as const
      const asked = inquiryFromResponses({ ...request.value, input: items }, reading)
      if (!asked.ok) throw new GatewayError('unsupported_parameter', asked.failure)
      const tokens = estimateTokens(asked.value.inquiry)
      return answer(c, { object: 'response.input_tokens', input_tokens: tokens })
    },
  }
}

function answer(c: GatewayContext, body: JsonObject): Response {
  return new Response(JSON.stringify(body), {
    headers: { ...headersOf(c), 'content-type': 'application/json' },
  })
}

type Streaming = { readonly after: number | null; readonly obfuscate: boolean }

/** Its events anew, but for those that the client has. */
function streamOf(
  c: GatewayContext,
  object: JsonObject,
  { after, obfuscate }: Streaming,
): Response {
  let text = ''
  for (const event of eventsOf(object, { obfuscate })) {
    if (Number(event.data.sequence_number) > (after ?? -1)) text += encodeEvent(event)
  }
  return new Response(text, {
    headers: { ...headersOf(c), 'content-type': 'text/event-stream; charset=utf-8' },
  })
}

function headersOf(c: GatewayContext): Record<string, string> {
  return { 'x-request-id': c.get('requestId'), 'cache-control': 'no-store' }
}

type Page = {
  readonly limit: number
  readonly isDescending: boolean
  readonly after: string | null
}

const PAGE_ITEMS = 20
const MAX_PAGE_ITEMS = 100

function readPage(c: GatewayContext): Page {
  const order = c.req.query('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw invalid('order', "it must be 'asc' or 'desc'")
  return {
    limit: readNumber(c, 'limit', { least: 1, most: MAX_PAGE_ITEMS }) ?? PAGE_ITEMS,
    isDescending: order === 'desc',
    after: c.req.query('after') ?? null,
  }
}

function listOf(items: readonly JsonObject[], { limit, isDescending, after }: Page): JsonObject {
  const ordered = isDescending ? items.toReversed() : items
  const start = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  if (after !== null && start === 0) throw invalid('after', 'there is no such item')
  const data = ordered.slice(start, start + limit).map(listedItem)
  return {
    object: 'list',
    data,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < ordered.length,
  }
}

function readSwitch(c: GatewayContext, name: string): boolean {
  const value = c.req.query(name)
  if (value === undefined || value === 'false') return false
  if (value === 'true') return true
  throw invalid(name, "it must be 'true' or 'false'")
}

type Range = { readonly least: number; readonly most?: number }

function readNumber(c: GatewayContext, name: string, { least, most }: Range): number | null {
  const text = c.req.query(name)
  if (text === undefined) return null
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
  if (value >= least && value <= (most ?? value)) return value
  throw invalid(name, `it must be a whole number from ${least}${most ? ` to ${most}` : ''}`)
}

function invalid(param: string, flaw: string): GatewayError {
  return new GatewayError('invalid_request', { param, message: `${param}: ${flaw}` })
}
