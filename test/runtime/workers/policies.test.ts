/** Revisions on workerd: isolates that begin and go on while D1 is away, over the copies in the real R2 binding. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createKeyStore } from '../../../src/access/key-store.ts'
import { createAuditLog } from '../../../src/audit/audit-log.ts'
import { createD1Database, type D1Like, type D1StatementLike } from '../../../src/database/d1.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { systemClock, systemRandom } from '../../../src/lib/clock.ts'
import { streamCompression } from '../../../src/lib/compression.ts'
import { builtIn } from '../../../src/policy/built-in.generated.ts'
import type { Bundle } from '../../../src/policy/section.ts'
import { readPayload } from '../../../src/revisions/revision.ts'
import { createRevisionStore } from '../../../src/revisions/store.ts'
import {
  contentOf,
  createSigner,
  keySetOf,
  reworded,
  type Signer,
  signedEnvelope,
} from '../../fakes/revisions.ts'

const NOBODY = { actor: 'test', action: 'test', policy: null, tenant: null, details: {} }

const database = createD1Database(env.DB)
const audit = createAuditLog({ database, clock: systemClock })
const store = createRevisionStore({ database, audit, compression: streamCompression })
let signer: Signer
let key: string
let version = 0

/** D1, that goes away and comes back. */
const d1 = { state: 'up' as 'up' | 'gone' | 'hanging' }
const unlessAway = <Value>(work: () => Promise<Value>): Promise<Value> => {
  if (d1.state === 'gone') return Promise.reject(new Error('D1 is overloaded'))
  return d1.state === 'hanging' ? new Promise(() => {}) : work()
}
type Wrapped = D1StatementLike & { readonly real: D1StatementLike }
const wrap = (real: D1StatementLike): Wrapped => ({
  real,
  bind: (...values) => wrap(real.bind(...values)),
  all: () => unlessAway(() => real.all()),
})
const binding: D1Like = {
  prepare: (sql) => wrap((env.DB as D1Like).prepare(sql)),
  batch: (statements) =>
    unlessAway(() => (env.DB as D1Like).batch(statements.map((one) => (one as Wrapped).real))),
}

async function activate(number: number): Promise<Bundle> {
  const original = builtIn.bundles.find(({ id }) => id === 'default')
  if (!original) throw new Error('No policy is built in')
  const bundle = await reworded(original, number)
  const jws = await signedEnvelope({ signers: [signer], bundle, number })
  const payload = readPayload(jws)
  const report = {
    signers: [signer.kid],
    selection: { cases: [], sections: [], decisionsSkipped: 0 },
    decisions: null,
    warnings: [],
  }
  const { id: policy, digest } = bundle
  const pushed = { pushed: systemClock.now(), pushedBy: 'test' }
  const record = { policy, number, digest, payload, jws, report, ...pushed }
  await store.admit(record, { bundle: contentOf(bundle), tests: [] }, NOBODY)
  await store.change(
    {
      policy,
      version: ++version,
      action: 'activate',
      active: number,
      activeDigest: digest,
      candidate: null,
      candidateDigest: null,
      percent: 0,
      shadow: false,
      callers: null,
      move: null,
      changed: systemClock.now(),
      changedBy: 'test',
      reason: null,
      stopped: null,
    },
    NOBODY,
  )
  return bundle
}

/** The program in an isolate of its own. */
async function startIsolate(altered: object = {}) {
  vi.resetModules()
  const { default: worker } = await import('../../../src/worker.ts')
  const bindings = {
    ...env,
    DB: binding,
    // What is spooled would come back to this very isolate, with the platform's own bindings: signers of which these tests know nothing.
    SPOOL: { send: () => Promise.resolve() },
    POLICY_SIGNERS: JSON.stringify(keySetOf(signer)),
    ...altered,
  }
  const send = async (request: Request): Promise<Response> => {
    const context = createExecutionContext()
    const response = await worker.fetch(request, bindings as never, context as never)
    const body = await response.text()
    // What hangs would be waited for.
    if (d1.state !== 'hanging') await waitOnExecutionContext(context)
    return new Response(body, response)
  }
  return {
    ready: async () => (await send(new Request('https://gateway.test/readyz'))).json(),
    ask: () =>
      send(
        new Request('https://gateway.test/v1/chat/completions', {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            model: 'stand-in',
            messages: [{ role: 'user', content: 'How do I pick a strong password?' }],
          }),
        }),
      ),
  }
}

/** How many have told of themselves. */
const instances = async () => (await database.all('SELECT id FROM instances', [])).length
const nameOf = ({ id, digest }: Bundle) => `${id}@${digest}`
const served = (response: Response) => [response.status, response.headers.get('x-chambers-policy')]
/** On a busy machine D1 may be too slow for a first request, which is then served from the copies. */
const comesToServe = (isolate: Awaited<ReturnType<typeof startIsolate>>, bundle: Bundle) =>
  expect.poll(async () => served(await isolate.ask())).toEqual([200, nameOf(bundle)])

beforeAll(async () => {
  await migrate(database)
  signer = await createSigner('desk')
  const keys = createKeyStore({ database, audit, clock: systemClock, random: systemRandom })
  const wanted = { tenant: 'acme', app: 'chat', policies: '*', consent: 'audit' } as const
  key = (await keys.create(wanted, 'test')).key
  vi.spyOn(globalThis, 'reportError').mockImplementation(() => {})
})
beforeEach(() => {
  d1.state = 'up'
})

it('an isolate without D1 and without a copy answers 503 storage_unavailable', async () => {
  d1.state = 'gone'
  const response = await (await startIsolate()).ask()
  expect([response.status, await response.json()]).toMatchObject([
    503,
    { error: { code: 'storage_unavailable' } },
  ])
})

it('an isolate serves what is activated elsewhere, by itself', async () => {
  const isolate = await startIsolate()
  const first = await activate(1)
  await comesToServe(isolate, first)
  const second = await activate(2)
  await comesToServe(isolate, second)
})

it('an isolate that begins while D1 is gone serves from the copies in R2, with a key that was good, and heals', async () => {
  const bundle = await activate(3)
  await comesToServe(await startIsolate(), bundle)
  d1.state = 'gone'
  const isolate = await startIsolate()
  expect(served(await isolate.ask())).toEqual([200, nameOf(bundle)])
  expect(await isolate.ready()).toMatchObject({ status: 'ready', state: 'cached' })
  d1.state = 'up'
  const next = await activate(4)
  await comesToServe(isolate, next)
  await expect.poll(() => isolate.ready()).toMatchObject({ state: 'live' })
})

it('an isolate that begins with several requests at once keeps one of the containers they make', async () => {
  const isolate = await startIsolate()
  const known = await instances()
  const answers = await Promise.all([isolate.ask(), isolate.ask(), isolate.ask()])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  // Where D1 is too slow to be told, it is told again.
  const told = async () => {
    await isolate.ask()
    return instances()
  }
  await expect.poll(told).toBe(known + 1)
})

it('an isolate goes on while D1 hangs', async () => {
  const bundle = await activate(5)
  const isolate = await startIsolate()
  await comesToServe(isolate, bundle)
  d1.state = 'hanging'
  expect(served(await isolate.ask())).toEqual([200, nameOf(bundle)])
  d1.state = 'up'
  const next = await activate(6)
  await comesToServe(isolate, next)
})

it('a copy in R2 whose signer has left serves where it was proved before, and nobody else', async () => {
  const bundle = await activate(7)
  await comesToServe(await startIsolate(), bundle)
  d1.state = 'gone'
  const others = { POLICY_SIGNERS: JSON.stringify(keySetOf(await createSigner('desk'))) }
  await expect
    .poll(async () => served(await (await startIsolate(others)).ask()))
    .toEqual([200, nameOf(bundle)])
  await env.TRANSCRIPTS.delete('copies/proofs')
  expect((await (await startIsolate(others)).ask()).status).toBe(503)
})
