/**
 * A whole gateway on loopback for black-box tests: the Node entry with a data folder of its own, and its secrets in hand.
 * I/O: a server on a free port, files in a temporary folder; `close` ends and removes both.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGateway } from '../../src/node.ts'
import type { Mode } from '../../src/policy/section.ts'
import { type LoadedPolicies, loadPolicies } from '../../src/start/node/load-policies.node.ts'
import type { Bounds } from '../../src/start/platform.ts'

export type TestGatewayOptions = {
  /** The base URL of a model server, or `stand-in` for the program's own. */
  readonly upstream: string
  readonly environment?: Readonly<Record<string, string>>
  /** Of every bundle; left as it was written when absent. */
  readonly mode?: Mode
  readonly strategy?: 'auto' | 'native' | 'tagged' | 'two-pass'
  /** Alters the shipped policies. */
  readonly policies?: (shipped: LoadedPolicies) => LoadedPolicies
  readonly bounds?: Partial<Bounds>
  /** Of a gateway that was here before; left in place by `close`. */
  readonly dataDir?: string
}

export type AskOptions = {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

export type TestGateway = {
  readonly url: string
  readonly appKey: string
  readonly adminToken: string
  readonly dataDir: string
  /** All that it has printed. */
  printed(): string
  /** Posts a chat request with the app key; text and bytes are sent as they are. */
  ask(body: object | string | Uint8Array<ArrayBuffer>, options?: AskOptions): Promise<Response>
  /** Posts JSON to a route below `/v1` with the app key: `chat/completions`. */
  post(
    route: string,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Response>
  /** The stored record of an answer, by its header; null when there is none. */
  transcript(response: Response): Promise<TranscriptJson | null>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A transcript as an admin reads it, as far as tests look into it. */
export type TranscriptJson = {
  readonly request: unknown
  readonly final: unknown
  readonly outcome: { readonly kind: string; readonly reason: string | null }
  readonly attempts: readonly {
    readonly reasoning: string | null
    readonly answer: unknown
    readonly failure: { readonly reason: string } | null
    readonly judgeFailures: readonly { readonly reason: string; readonly channel: string }[]
    readonly verdicts: readonly { readonly channel: string; readonly passed: boolean }[]
    readonly checks: readonly { readonly name: string; readonly passed: boolean }[]
  }[]
}

let shipped: Promise<LoadedPolicies> | undefined

export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const { upstream, environment = {}, mode, strategy, policies = keep, bounds } = options
  shipped ??= loadPolicies()
  const given = policies(await shipped)
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'chambers-test-'))
  const printed: string[] = []
  const gateway = await startGateway({
    environment: {
      PORT: '0',
      DATA_DIR: dataDir,
      ...(upstream !== 'stand-in' && { UPSTREAM_BASE_URL: upstream }),
      ...(strategy && { UPSTREAM_REASONING: strategy }),
      ...environment,
    },
    print: (text) => printed.push(text),
    policies: mode
      ? { ...given, bundles: given.bundles.map((bundle) => ({ ...bundle, mode })) }
      : given,
    ...(bounds && { bounds }),
  })
  const secret = (name: string) => readFileSync(join(dataDir, name), 'utf8').trim()
  const appKey = secret('app-key')
  const adminToken = secret('admin-token')
  const send = (
    route: string,
    body: object | string | Uint8Array<ArrayBuffer>,
    { headers = {}, signal }: AskOptions,
  ) =>
    fetch(`${gateway.url}/v1/${route}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${appKey}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      signal: signal ?? null,
    })
  const close = async () => {
    await gateway.close()
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
  }
  return {
    url: gateway.url,
    appKey,
    adminToken,
    dataDir,
    printed: () => printed.join(''),
    ask: (body, { headers, signal } = {}) => send('chat/completions', body, { headers, signal }),
    post: (route, body, headers, signal) => send(route, JSON.stringify(body), { headers, signal }),
    async transcript(response) {
      const id = response.headers.get('x-chambers-transcript') ?? ''
      const read = await fetch(`${gateway.url}/admin/v1/transcripts/${id}`, {
        headers: { authorization: `Bearer ${adminToken}` },
      })
      const body = await read.json()
      return read.status === 200 ? body : null
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function keep(policies: LoadedPolicies): LoadedPolicies {
  return policies
}
