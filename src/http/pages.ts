/**
 * Requests that pages make in browsers: of the gateway's own origin, of one that the operator has named, or of a stranger's. No I/O.
 * A browser asks for whoever has written the page, and may reach what the page's author cannot: this machine, a network of a
 * company's. So strangers are refused before anything is done for them, by what browsers say of each request and no page can
 * change (`Origin`, `Sec-Fetch-Site`); what is no browser sends neither and is not meant.
 */
import { GatewayError } from '../errors.ts'

/** Headers that let a page read an answer. */
export type PageHeaders = Readonly<Record<string, string>>

export type Pages = {
  /**
   * The headers for a page of another origin that may ask; null where no such page asks.
   * @throws GatewayError `origin_not_allowed` for a stranger's.
   */
  admit(request: Request): PageHeaders | null
  /** The answer to what a browser asks before it asks; null where this is no such question. */
  preflight(request: Request, headers: PageHeaders): Response | null
}

export type PagesOptions = {
  /** Origins as browsers send them; `*` is every one. */
  readonly origins: readonly string[]
  /** Headers of answers that pages may read, besides those that they always may. */
  readonly readable: readonly string[]
}

const METHODS = 'GET, POST, DELETE'
const MAX_AGE_SECONDS = '600'
/** A list of header names, as it is asked for and echoed. */
const NAMES = /^[\w-]+(?:, ?[\w-]+)*$/
const MAX_NAMES_LENGTH = 4_000

export function createPages({ origins, readable }: PagesOptions): Pages {
  const everyOne = origins.includes('*')
  const exposed = readable.join(', ')
  return {
    admit(request) {
      const origin = request.headers.get('origin')
      if (origin === null ? !isElsewhere(request) : isOwn(origin, request)) return null
      // A page that does not say which one it is (an image, a link) is every one.
      const isNamed = everyOne || (origin !== null && origins.includes(origin))
      if (!isNamed) throw new GatewayError('origin_not_allowed')
      if (origin === null) return null
      return {
        'access-control-allow-origin': everyOne ? '*' : origin,
        'access-control-expose-headers': exposed,
        vary: 'origin',
      }
    },
    preflight(request, headers) {
      const asks = request.headers.get('access-control-request-method')
      if (request.method !== 'OPTIONS' || asks === null) return null
      const names = request.headers.get('access-control-request-headers') ?? ''
      const echoed = names.length <= MAX_NAMES_LENGTH && NAMES.test(names)
      return new Response(null, {
        status: 204,
        headers: {
          ...headers,
          'access-control-allow-methods': METHODS,
          ...(echoed && { 'access-control-allow-headers': names }),
          'access-control-max-age': MAX_AGE_SECONDS,
        },
      })
    },
  }
}

/** Whether the browser says that a page of another origin asks; older ones say nothing. */
function isElsewhere(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site')
  return site !== null && site !== 'same-origin' && site !== 'none'
}

/**
 * By the browser's word, since a proxy may write the host anew; by the host alone where there is none: whether it was asked over TLS,
 * a gateway behind a proxy cannot tell.
 */
function isOwn(origin: string, request: Request): boolean {
  if (request.headers.get('sec-fetch-site') === 'same-origin') return true
  const url = URL.parse(origin)
  const host = request.headers.get('host') ?? URL.parse(request.url)?.host
  return url !== null && /^https?:$/.test(url.protocol) && url.host === host
}
