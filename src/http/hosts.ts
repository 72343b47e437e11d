/**
 * By which name a gateway is asked. A page of a stranger's may have its own name point to this machine (DNS rebinding), and then
 * the browser takes the gateway for the page's own server; the name it asks for is all that gives it away. No I/O.
 */
import { GatewayError } from '../errors.ts'
import { isLoopback } from '../lib/loopback.ts'

/**
 * Refuses a request by a name that is none of ours, and one by two names, which two parties may read in two ways (RFC 9112 3.2).
 * `loopbackOnly`: this machine alone may ask.
 * @throws GatewayError `invalid_request` or `origin_not_allowed`.
 */
export function checkHost(request: Request, loopbackOnly: boolean): void {
  const host = request.headers.get('host')
  // Several headers of one name are joined by commas, which no host has.
  if (host?.includes(',')) {
    throw new GatewayError('invalid_request', { message: 'Send one Host header' })
  }
  if (!loopbackOnly) return
  // The target of a request may name a host of its own.
  const names = [URL.parse(request.url)?.hostname, host === null ? 'localhost' : hostnameOf(host)]
  if (names.every((name) => name !== undefined && isLoopback(name))) return
  throw new GatewayError('origin_not_allowed', {
    message: 'Ask by a name of this machine: localhost, 127.0.0.1 or [::1]',
  })
}

function hostnameOf(host: string): string | undefined {
  return URL.parse(`http://${host}`)?.hostname
}
