/**
 * The gateway on workerd for black-box tests: the real entry and bindings, local D1, R2 and Queues, nothing but loopback.
 * I/O: bundles the Worker and runs workerd; `close` ends it. Keys are made as anyone makes them, through the admin routes.
 */
import { createTestHarness } from 'wrangler'
import { createAdminIssuer } from './admin-issuer.ts'
import type { TranscriptJson } from './gateway.ts'
import { createSigner, keySetOf, type Signer } from './revisions.ts'

export type TestEdgeOptions = {
  /** The base URL of a model server. */
  readonly upstream: string
  readonly variables?: Readonly<Record<string, string>>
}

export type TestEdge = {
  readonly url: string
  readonly appKey: string
  readonly adminToken: string
  /** A token of another admin. */
  readonly tokenOf: (subject: string) => Promise<string>
  /** Who may sign policies. */
  readonly signer: Signer
  /** The stored record of this id; null when there is none. */
  transcript(id: string): Promise<TranscriptJson | null>
  close(): Promise<void>
}

/** Keeps the platform's tools from asking the network about themselves. */
const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_WRITE_LOGS: 'false',
  WRANGLER_LOG: 'warn',
}

export async function startTestEdge(options: TestEdgeOptions): Promise<TestEdge> {
  Object.assign(process.env, QUIET)
  const issuer = await createAdminIssuer()
  const token = await issuer.token()
  const signer = await createSigner('edge')
  const harness = createTestHarness({
    workers: [
      {
        configPath: 'wrangler.toml',
        // Above what a developer's own `.dev.vars` may say.
        secrets: {
          ...issuer.variables,
          POLICY_SIGNERS: JSON.stringify(keySetOf(signer)),
          UPSTREAM_BASE_URL: options.upstream,
          ...options.variables,
        },
      },
    ],
  })
  const url = (await harness.listen()).url.origin
  const admin = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const made = await fetch(`${url}/admin/v1/keys`, {
    method: 'POST',
    headers: admin,
    body: JSON.stringify({ policies: ['*'] }),
  })
  if (made.status !== 201) throw new Error(`No key was made: ${made.status} ${await made.text()}`)
  const { key }: { key: string } = await made.json()
  return {
    url,
    appKey: key,
    adminToken: token,
    tokenOf: issuer.token,
    signer,
    async transcript(id) {
      const read = await fetch(`${url}/admin/v1/transcripts/${id}`, { headers: admin })
      const body = await read.json()
      return read.status === 200 ? body : null
    },
    close: () => harness.close(),
  }
}
