/**
 * A request by Azure's path, which names the model there: it is written into a body that names none. I/O: the body.
 * Nothing else of the body is changed, to the byte: whatever reads it later sees what the client wrote.
 */
import { parseBody, readBytes } from '../http/read.ts'
import type { GatewayContext } from './exchange.ts'

/**
 * Puts the model into the request of a context.
 * @throws GatewayError `invalid_request`, `request_too_large` or `overloaded`.
 */
export async function nameModel(
  c: GatewayContext,
  deployment: string,
  maxBodyBytes: number,
): Promise<void> {
  const { raw } = c.req
  const bytes = await readBytes(raw, maxBodyBytes, c.get('held'))
  const text = new TextDecoder().decode(bytes)
  const body = 'model' in parseBody(text) ? bytes : withModel(text, deployment)
  const headers = new Headers(raw.headers)
  headers.set('content-length', String(body.byteLength))
  const { url, method, signal } = raw
  c.req.raw = new Request(url, { method, headers, body, signal })
  c.set('indirect', true)
}

/** `text` must be that of a JSON object. */
function withModel(text: string, model: string): Uint8Array<ArrayBuffer> {
  const members = text.slice(text.indexOf('{') + 1)
  const comma = members.trimStart().startsWith('}') ? '' : ','
  return new TextEncoder().encode(`{"model":${JSON.stringify(model)}${comma}${members}`)
}
