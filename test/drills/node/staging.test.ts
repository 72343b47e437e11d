/** What a staged revision promises its callers, over HTTP: on two instances of one PostgreSQL, and after both were started again. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from '../../../src/node.ts'
import type { Cohort } from '../../../src/policy/repository.ts'
import { loadPolicies } from '../../../src/start/node/load-policies.node.ts'
import { concurrently } from '../../fakes/concurrently.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../fakes/postgres.ts'
import { createSigner, keySetOf, reworded, type Signer } from '../../fakes/revisions.ts'
import { createRolloutAdmin, POLICY, rolloutBundles } from '../../fakes/rollouts.ts'
import { startUpstream, type Upstream } from '../../fakes/upstream.ts'

const SESSIONS = Array.from({ length: 400 }, (_, number) => `session-${number}`)
const PERCENTS = [5, 25, 50, 90] as const
const ISSUER = { issuer: 'apps', audience: 'chambers' }

type Instance = Gateway & { readonly adminToken: string; readonly appKey: string }
type Asked = {
  readonly policy?: string
  readonly session?: string
  readonly token?: string
}

describe.skipIf(findPostgres() === null)('a staged revision', () => {
  let server: PostgresServer
  let keySet: Upstream
  let signer: Signer
  let signToken: (claims: object) => Promise<string>
  let digests: { readonly old: string; readonly active: string; readonly candidate: string }
  let instances: readonly Instance[] = []
  const folders = ['one', 'other'].map(() => mkdtempSync(join(tmpdir(), 'chambers-staging-')))
  const policies = loadPolicies()

  const start = async (dataDir: string): Promise<Instance> => {
    const gateway = await startGateway({
      environment: {
        PORT: '0',
        DATA_DIR: dataDir,
        DATABASE_URL: server.url,
        AUTH: 'keys,jwt',
        JWKS_URL: keySet.url,
        JWT_ISSUER: ISSUER.issuer,
        JWT_AUDIENCE: ISSUER.audience,
        POLICY_SIGNERS: JSON.stringify(keySetOf(signer)),
      },
      print: () => {},
      policies: await policies,
    })
    const secret = (name: string) => readFileSync(join(dataDir, name), 'utf8').trim()
    return { ...gateway, adminToken: secret('admin-token'), appKey: secret('app-key') }
  }
  const startAll = async () => {
    const started: Instance[] = []
    for (const folder of folders) started.push(await start(folder))
    instances = started
  }
  const closeAll = () => Promise.all(instances.map((instance) => instance.close()))
  const instance = (index: number) => {
    const found = instances[index]
    if (!found) throw new RangeError(`There is no instance ${index}`)
    return found
  }
  const admin = createRolloutAdmin(
    () => instance(0),
    () => signer,
  )

  beforeAll(async () => {
    server = await startPostgres()
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const keys = [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'apps' }]
    keySet = await startUpstream({ json: { keys } })
    signToken = (claims) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'apps' })
        .setIssuer(ISSUER.issuer)
        .setAudience(ISSUER.audience)
        .setExpirationTime('1h')
        .sign(privateKey)
    signer = await createSigner('desk')
    await startAll()
    const { active, candidate } = await rolloutBundles()
    const old = await reworded(active, 1)
    digests = { old: old.digest, active: active.digest, candidate: candidate.digest }
    for (const [index, bundle] of [old, active, candidate].entries()) {
      await admin.push(bundle, index + 1)
    }
    for (const revision of [1, 2]) await admin.activate({ revision, percent: 100, shadow: false })
  })
  afterAll(async () => {
    await closeAll()
    await keySet.close()
    await server[Symbol.asyncDispose]()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  const ask = async (index: number, { policy = POLICY, session, token }: Asked) => {
    const { url } = instance(index)
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token ?? instance(0).appKey}`,
        'content-type': 'application/json',
        'x-chambers-policy': policy,
        ...(session !== undefined && { 'x-chambers-session': session }),
      },
      body: JSON.stringify({
        model: 'stand-in',
        messages: [{ role: 'user', content: 'Good day' }],
      }),
    })
    const { error } = await response.json()
    return {
      status: response.status,
      code: error?.code ?? null,
      digest: response.headers.get('x-chambers-policy')?.split('@')[1] ?? null,
      transcript: response.headers.get('x-chambers-transcript') ?? '',
    }
  }
  const askAll = (index: number) =>
    concurrently(SESSIONS, 8, async (session) => ask(index, { session }))
  const digestsOf = async (index: number) => (await askAll(index)).map(({ digest }) => digest)

  /** Stages it, and waits until every instance says so itself. */
  const stage = async (percent: number) => {
    await admin.activate({ revision: 3, percent, shadow: false })
    const told = async () => {
      const running = (await admin.status()).instances.filter(({ ageMs }) => ageMs < 10_000)
      return running.map(
        ({ policies: all }) => all.find(({ id }) => id === POLICY)?.candidate?.percent,
      )
    }
    await expect.poll(told).toEqual(instances.map(() => percent))
  }
  /** The cohort of a transcript, which must be of the bundle that served. */
  const readCohort = async (transcript: string, served: string | null): Promise<Cohort | null> => {
    const { policy, cohort } = await admin.call('GET', `/transcripts/${transcript}`)
    expect(policy).toMatchObject({ id: POLICY, digest: served })
    return cohort
  }

  it('serves on whoever it served at a lower percentage, on each instance the same, and says so', async () => {
    let before: readonly (string | null)[] = SESSIONS.map(() => digests.active)
    for (const percent of PERCENTS) {
      await stage(percent)
      const replies = await askAll(0)
      const served = replies.map(({ digest }) => digest)
      expect(await digestsOf(1)).toEqual(served)
      const movedBack = SESSIONS.filter(
        (_, index) => before[index] === digests.candidate && served[index] !== digests.candidate,
      )
      expect(movedBack).toEqual([])
      expect(new Set(served)).toEqual(new Set([digests.active, digests.candidate]))
      const share = served.filter((digest) => digest === digests.candidate).length
      const spread = Math.sqrt((SESSIONS.length * percent * (100 - percent)) / 10_000)
      expect(Math.abs(share - (SESSIONS.length * percent) / 100)).toBeLessThan(4 * spread)

      const { version } = (await admin.policy())?.state ?? {}
      for (const { digest, transcript } of replies.slice(0, 25)) {
        const cohort = await readCohort(transcript, digest)
        const side = digest === digests.candidate ? 'candidate' : 'active'
        const candidate = { digest: digests.candidate, revision: 3 }
        expect(cohort).toMatchObject({ candidate, percent, served: side, version })
        expect((cohort?.bucket ?? Number.NaN) < percent).toBe(side === 'candidate')
      }
      before = served
    }
  })

  it('serves the same callers after every instance was started again', async () => {
    await stage(50)
    const before = await digestsOf(0)
    await closeAll()
    await startAll()
    expect(await digestsOf(0)).toEqual(before)
    expect(await digestsOf(1)).toEqual(before)
  })

  it('serves whoever names no session by their app', async () => {
    const apps = Array.from({ length: 40 }, (_, number) => `app-${number}`)
    const tokens = await Promise.all(
      apps.map((app) => signToken({ tenant: 'acme', app, policies: [POLICY] })),
    )
    const served = async (index: number) =>
      Promise.all(tokens.map(async (token) => (await ask(index, { token })).digest))
    const first = await served(0)
    expect(new Set(first)).toEqual(new Set([digests.active, digests.candidate]))
    expect([await served(1), await served(0)]).toEqual([first, first])
  })

  it('is pinned by its digest, as the active one is, and no other is', async () => {
    const pinned = async (prefix: string) => {
      const replies = await Promise.all(
        SESSIONS.slice(0, 20).map((session) => ask(0, { session, policy: `${POLICY}@${prefix}` })),
      )
      const [first] = replies
      for (const { status, code, digest } of replies) {
        expect([status, code, digest]).toEqual([first?.status, first?.code, first?.digest])
      }
      return [first?.status, first?.digest ?? first?.code, first?.transcript ?? '']
    }
    for (const digest of [digests.active, digests.candidate]) {
      for (const length of [8, 64]) {
        const [status, served, transcript] = await pinned(digest.slice(0, length))
        expect([status, served]).toEqual([200, digest])
        expect(await readCohort(String(transcript), digest)).toBeNull()
      }
    }
    for (const prefix of [digests.old, digests.old.slice(0, 12), 'f'.repeat(64)]) {
      expect((await pinned(prefix)).slice(0, 2)).toEqual([404, 'policy_not_found'])
    }
  })

  it('is out of reach for a key or token that names other policies', async () => {
    const { key } = await admin.call('POST', '/keys', { policies: ['default', 'agentic'] })
    const token = await signToken({ tenant: 'acme', policies: ['default'] })
    const wanted = [POLICY, `${POLICY}@${digests.active}`, `${POLICY}@${digests.candidate}`]
    for (const credentials of [key, token]) {
      for (const policy of wanted) {
        const { status, code, digest } = await ask(0, { token: credentials, policy })
        expect([status, code, digest]).toEqual([403, 'insufficient_scope', null])
      }
      expect((await ask(0, { token: credentials, policy: 'default' })).status).toBe(200)
    }
    const allowed = await signToken({ tenant: 'acme', policies: ['default', POLICY] })
    const policy = `${POLICY}@${digests.candidate.slice(0, 8)}`
    expect(await ask(0, { token: allowed, policy })).toMatchObject({
      status: 200,
      digest: digests.candidate,
    })
  })

  it('is pinned by nobody any more once it is halted', async () => {
    await admin.call('POST', `/policies/${POLICY}/halt`)
    expect(await ask(0, { policy: `${POLICY}@${digests.candidate}` })).toMatchObject({
      status: 404,
      code: 'policy_not_found',
    })
    expect(new Set((await digestsOf(0)).slice(0, 50))).toEqual(new Set([digests.active]))
  })
})
