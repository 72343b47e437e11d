/** Two admins who change one policy at the same moment, again and again: each time one of them does, and the other is told. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyChain } from '../../../src/audit/verify-chain.ts'
import { type AdminCaller, type AdminReply, createAdminCaller } from '../../fakes/admin-caller.ts'
import { type AdminIssuer, createAdminIssuer } from '../../fakes/admin-issuer.ts'
import { type GatewayProcess, startGatewayProcess } from '../../fakes/gateway-process.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../fakes/postgres.ts'
import { createSigner, keySetOf, type Signer } from '../../fakes/revisions.ts'
import { smallEnvelope, smallSubmission } from '../../fakes/small-revisions.ts'

const ROUNDS = 50
const POLICY = '/policies/small'
const PEOPLE = ['ann', 'ben'] as const

type Change = {
  /** As the audit log calls it. */
  readonly action: string
  /** The status of one that goes through. */
  readonly done: 200 | 201
  send(admin: AdminCaller): Promise<AdminReply>
}
type Counts = Record<string, number>

const folders: string[] = []
let issuer: AdminIssuer
let signer: Signer
beforeAll(async () => {
  issuer = await createAdminIssuer()
  signer = await createSigner('desk')
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function start(environment: Readonly<Record<string, string>>): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-two-'))
  folders.push(folder)
  const signers = { POLICY_SIGNERS: JSON.stringify(keySetOf(signer)) }
  return startGatewayProcess(folder, { ...signers, ...issuer.variables, ...environment })
}

async function race(urls: readonly string[]): Promise<void> {
  const callerOf = async (url: string, subject: string) =>
    createAdminCaller({ url, token: await issuer.token(subject) })
  const [ann, ben] = await Promise.all(
    PEOPLE.map((subject, index) => callerOf(urls[index % urls.length] ?? '', subject)),
  )
  const desk = await callerOf(urls[0] ?? '', 'desk')
  if (!ann || !ben) throw new TypeError('Two admins are wanted')
  const counts: Counts = {}
  const count = (action: string) => {
    counts[action] = (counts[action] ?? 0) + 1
  }
  let last = 0
  const change = (path: string, action: string, body: (() => Promise<object>) | null) => ({
    action,
    done: 200 as const,
    async send(admin: AdminCaller) {
      const sent = body && { body: await body() }
      return admin.ask('POST', `${POLICY}/${path}`, { ifMatch: etag ?? '', ...sent })
    },
  })
  const activate = (revision: number): Change =>
    change('activate', 'policy.activate', async () => ({ revision }))
  const push = (number: number, text: number): Change => ({
    action: 'policy.push',
    done: 201,
    send: async (admin) =>
      admin.ask('POST', `${POLICY}/revisions`, {
        body: await smallSubmission(signer, number, text),
      }),
  })
  const prepare = async (made: Change) => {
    const { status, text } = await made.send(desk)
    expect([status, text]).toEqual([made.done, text])
    count(made.action)
    if (made.done === 200) etag = (await desk.ask('GET', POLICY)).etag
  }
  const pushNext = async () => {
    await prepare(push(++last, last))
    return last
  }
  let etag: string | null = '"0"'
  await pushNext()
  await prepare(activate(1))

  const kinds: readonly (() => Promise<readonly [Change, Change]>)[] = [
    async () => [activate(await pushNext()), activate(await pushNext())],
    async () => {
      const revision = await pushNext()
      await prepare(change('activate', 'policy.stage', async () => ({ revision, percent: 10 })))
      return [activate(revision), change('halt', 'policy.halt', null)]
    },
    async () => {
      const jws = await smallEnvelope(signer, (await pushNext()) + 1, 1)
      last += 1
      return [activate(last - 1), change('rollback', 'policy.rollback', async () => ({ jws }))]
    },
    async () => {
      const number = ++last
      return [push(number, 1_000 + number), push(number, 2_000 + number)]
    },
  ]
  for (let round = 0; round < ROUNDS; round++) {
    const pair = await kinds[round % kinds.length]?.()
    if (!pair) throw new RangeError('There is no such kind of round')
    // Both orders: whoever is sent first has a head start of almost nothing.
    const [one, other] = Math.floor(round / kinds.length) % 2 === 0 ? pair : pair.toReversed()
    if (!one || !other) throw new TypeError('Two changes are wanted')
    const replies: readonly AdminReply[] = await Promise.all([one.send(ann), other.send(ben)])
    const won = replies.findIndex(({ status }) => status < 300)
    const winner = [one, other][won]
    const loser = replies[1 - won]
    const told = JSON.stringify(replies.map(({ status, body }) => [status, body.detail]))
    expect(replies.filter(({ status }) => status < 300).length, told).toBe(1)
    expect(replies[won]?.status).toBe(winner?.done)
    count(winner?.action ?? '')
    if (winner?.done === 201) {
      count('policy.reject')
      expect(loser, told).toMatchObject({ status: 422, body: { code: 'revision_rejected' } })
      expect(loser?.body.problems).toMatchObject([
        { code: 'number_taken', message: expect.stringContaining(`admin:${PEOPLE[won]}`) },
      ])
      continue
    }
    const now = await desk.ask('GET', POLICY)
    etag = now.etag
    expect(now.body).toEqual(replies[won]?.body)
    expect(loser, told).toMatchObject({ status: 412, etag, body: { code: 'precondition_failed' } })
    expect(loser?.body.current).toEqual({ ...now.body, etag })
    expect(loser?.body.detail).toContain(`admin:${PEOPLE[won]} changed it`)
  }
  await expectAgreement(desk, counts)
}

/** The audit log, the states and the revisions tell of the same changes, and of no other. */
async function expectAgreement(desk: AdminCaller, counts: Counts): Promise<void> {
  const entries = await desk.audit()
  const found: Counts = {}
  for (const { action } of entries) found[action] = (found[action] ?? 0) + 1
  const { 'key.create': _keys, ...policies } = found
  expect(policies).toEqual(counts)
  const each = async function* () {
    yield* entries
  }
  expect(await verifyChain({ entries: each(), anchor: null })).toMatchObject({ ok: true })
  const { states } = (await desk.ask('GET', `${POLICY}/history?limit=200`)).body
  const changes = entries.filter(({ action }) =>
    ['policy.activate', 'policy.stage', 'policy.halt', 'policy.rollback'].includes(action),
  )
  const named = changes.map(({ action, actor, details }) => [details.version, action, actor])
  const kept = states.map((state: { version: number; action: string; changedBy: string }) => [
    state.version,
    `policy.${state.action}`,
    state.changedBy,
  ])
  expect(kept.toReversed()).toEqual(named)
  expect(named.map(([version]) => version)).toEqual(named.map((_, index) => index + 1))
  const { revisions } = (await desk.ask('GET', `${POLICY}/revisions?limit=200`)).body
  expect(revisions).toHaveLength((counts['policy.push'] ?? 0) + (counts['policy.rollback'] ?? 0))
  const rejected = await desk.ask('GET', `${POLICY}/revisions?state=rejected&limit=200`)
  expect(rejected.body.revisions).toHaveLength(counts['policy.reject'] ?? 0)
}

describe('of two admins at once one changes the policy, and the other is told', () => {
  it('on one instance with SQLite', async () => {
    const gateway = await start({})
    try {
      await race([gateway.url])
    } finally {
      await gateway.kill()
    }
  })

  describe.skipIf(findPostgres() === null)('with PostgreSQL', () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server[Symbol.asyncDispose]())

    it('on two instances', async () => {
      const gateways = [
        await start({ DATABASE_URL: server.url }),
        await start({ DATABASE_URL: server.url }),
      ]
      try {
        await race(gateways.map(({ url }) => url))
      } finally {
        for (const gateway of gateways) await gateway.kill()
      }
    })
  })
})
