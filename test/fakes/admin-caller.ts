/** Asks the admin surface of a running gateway over HTTP, and reads its audit log to the end. I/O: HTTP to the gateway. */
import type { AuditEntry } from '../../src/audit/audit-log.ts'

/** What an answer holds: tests look into it. */
export type AdminJson = ReturnType<typeof JSON.parse>

export type AdminReply = {
  readonly status: number
  readonly etag: string | null
  readonly text: string
  /** Null for an answer without a body. */
  readonly body: AdminJson
}

export type AdminQuestion = {
  /** Left out: none is sent. */
  readonly ifMatch?: string
  /** An object is sent as JSON; text and bytes as they are. */
  readonly body?: object | string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
}

export type AdminCaller = {
  /** The path below `/admin/v1`. */
  ask(method: string, path: string, asked?: AdminQuestion): Promise<AdminReply>
  /** Every entry after a number. */
  audit(after?: number): Promise<readonly AuditEntry[]>
}

export function createAdminCaller({
  url,
  token,
  check = async () => {},
}: {
  readonly url: string
  readonly token: string
  /** Looks at every answer before it is read. */
  readonly check?: (method: string, path: string, response: Response) => Promise<void>
}): AdminCaller {
  const ask: AdminCaller['ask'] = async (method, path, asked = {}) => {
    const { ifMatch, body, headers = {} } = asked
    const isWhole = typeof body === 'string' || body instanceof Uint8Array
    const response = await fetch(`${url}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...headers,
      },
      ...(body !== undefined && { body: isWhole ? body : JSON.stringify(body) }),
    })
    await check(method, `/admin/v1${path}`, response)
    const text = await response.text()
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      text,
      body: text === '' ? null : JSON.parse(text),
    }
  }
  return {
    ask,
    async audit(after = 0) {
      const entries: AuditEntry[] = []
      for (let next: number | null = after; next !== null; ) {
        const page: AdminReply = await ask('GET', `/audit?after=${next}&limit=200`)
        entries.push(...page.body.entries)
        next = page.body.next
      }
      return entries
    },
  }
}
