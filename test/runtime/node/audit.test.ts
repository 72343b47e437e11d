/** The audit log of a running gateway: every write of its own OpenAPI document is in it, once, and a change of a row shows. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdminCaller, type AdminReply, createAdminCaller } from '../../fakes/admin-caller.ts'
import type { Document } from '../../fakes/admin-contract.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { createSigner, keySetOf, type Signer } from '../../fakes/revisions.ts'
import { smallEnvelope, smallStop, smallSubmission } from '../../fakes/small-revisions.ts'
import { chambersIn } from '../../unit/cli/chambers.ts'

const POLICY = '/policies/small'
const ACTOR = 'admin:local-admin'

let gateway: TestGateway
let signer: Signer
let admin: AdminCaller
let last = 0
beforeAll(async () => {
  signer = await createSigner('desk')
  gateway = await startTestGateway({
    upstream: 'stand-in',
    environment: { POLICY_SIGNERS: JSON.stringify(keySetOf(signer)) },
  })
  admin = createAdminCaller({ url: gateway.url, token: gateway.adminToken })
})
afterAll(() => gateway.close())

const push = async (number: number) =>
  admin.ask('POST', `${POLICY}/revisions`, { body: await smallSubmission(signer, number) })
const change = (path: string, body?: object) =>
  admin.ask('POST', `${POLICY}/${path}`, { ifMatch: '*', ...(body && { body }) })
const activate = (revision: number, percent = 100) => change('activate', { revision, percent })
const pushNext = async () => {
  expect((await push(++last)).status).toBe(201)
  return last
}
const serveNext = async () => expect((await activate(await pushNext())).status).toBe(200)
const createAdmin = (name: string) =>
  admin.ask('POST', '/admins', { body: { name, scopes: ['policy:read'] } })
const createKey = () => admin.ask('POST', '/keys', { body: { tenant: 'acme' } })

/** Of each operation that is no reading: what goes before, the write itself, and the entry it leaves. */
type Write = {
  readonly entry: {
    readonly action: string
    readonly policy?: string
    readonly tenant?: string
  } | null
  /** Prepares what is wanted, and gives the write. */
  readonly prepare: () => Promise<() => Promise<AdminReply>>
}

const WRITES: Readonly<Record<string, Write>> = {
  pushRevision: {
    entry: { action: 'policy.push', policy: 'small' },
    prepare: async () => () => push(++last),
  },
  checkPolicy: {
    entry: null,
    prepare: async () => {
      const { bundle, tests } = await smallSubmission(signer, 1)
      return () => admin.ask('POST', `${POLICY}/check`, { body: { bundle, tests } })
    },
  },
  activateRevision: {
    entry: { action: 'policy.activate', policy: 'small' },
    prepare: async () => {
      const number = await pushNext()
      return () => activate(number)
    },
  },
  haltRollout: {
    entry: { action: 'policy.halt', policy: 'small' },
    prepare: async () => {
      await serveNext()
      expect((await activate(await pushNext(), 10)).status).toBe(200)
      return () => change('halt')
    },
  },
  rollBack: {
    entry: { action: 'policy.rollback', policy: 'small' },
    prepare: async () => {
      await serveNext()
      const served = last
      await serveNext()
      const jws = await smallEnvelope(signer, ++last, served)
      return () => change('rollback', { jws })
    },
  },
  stopPolicy: {
    entry: { action: 'policy.stop', policy: 'small' },
    prepare: async () => {
      await serveNext()
      const text = last
      await serveNext()
      const { activeDigest: active } = (await admin.ask('GET', POLICY)).body
      const jws = await smallStop(signer, ++last, { text, active })
      return () => change('stop', { jws })
    },
  },
  createAdmin: {
    entry: { action: 'admin.create' },
    prepare: async () => () => createAdmin('ann'),
  },
  revokeAdmin: {
    entry: { action: 'admin.revoke' },
    prepare: async () => {
      const { id } = (await createAdmin('bob')).body
      return () => admin.ask('DELETE', `/admins/${id}`)
    },
  },
  createKey: {
    entry: { action: 'key.create', tenant: 'acme' },
    prepare: async () => createKey,
  },
  revokeKey: {
    entry: { action: 'key.revoke', tenant: 'acme' },
    prepare: async () => {
      const { id } = (await createKey()).body
      return () => admin.ask('DELETE', `/keys/${id}`)
    },
  },
  labelTranscript: {
    entry: { action: 'transcript.label', policy: 'default', tenant: 'default' },
    prepare: async () => {
      const id = await askOnce()
      return () => admin.ask('POST', `/transcripts/${id}/labels`, { body: { kind: 'good' } })
    },
  },
  noteExport: {
    entry: { action: 'transcript.export' },
    prepare: async () => {
      const transcripts = [await askOnce()]
      const made = { format: 'golden', filters: {}, digest: 'a'.repeat(64), begun: Date.now() }
      return () => admin.ask('POST', '/exports', { body: { ...made, transcripts } })
    },
  },
  deleteSubject: {
    entry: { action: 'subject.delete', tenant: 'default' },
    prepare: async () => () => admin.ask('DELETE', '/transcripts?subject=jo&tenant=default'),
  },
  moveCallers: {
    entry: { action: 'policy.move', policy: 'agentic' },
    prepare: async () => () =>
      admin.ask('POST', '/policies/agentic/move', {
        ifMatch: '*',
        body: { to: 'default', percent: 5 },
      }),
  },
}

/** What only a deployment with a queue can do. */
const ELSEWHERE = ['enqueueBatch']

/** A request of an app; gives its transcript. */
async function askOnce(): Promise<string> {
  const reply = await gateway.ask({
    model: 'stand-in',
    messages: [{ role: 'user', content: 'How do I prune roses?' }],
  })
  return reply.headers.get('x-chambers-transcript') ?? 'none'
}

const lastSeq = async () => (await admin.audit()).at(-1)?.seq ?? 0

describe('the audit log', () => {
  it('has one entry for every kind of write that the gateway tells of', async () => {
    const document: Document = await (await fetch(`${gateway.url}/admin/openapi.json`)).json()
    const writes = Object.values(document.paths).flatMap((item) =>
      Object.entries(item).flatMap(([method, { operationId }]) =>
        method === 'get' ? [] : [operationId],
      ),
    )
    expect(writes.toSorted()).toEqual([...Object.keys(WRITES), ...ELSEWHERE].toSorted())
    for (const [operation, { entry, prepare }] of Object.entries(WRITES)) {
      const write = await prepare()
      const seq = await lastSeq()
      const { status, text } = await write()
      expect([operation, status < 300 || text]).toEqual([operation, true])
      const entries = await admin.audit(seq)
      expect([operation, entries.length]).toEqual([operation, entry ? 1 : 0])
      if (entry)
        expect(entries[0]).toMatchObject({ policy: null, tenant: null, actor: ACTOR, ...entry })
    }
  })

  it('has a stage and a refusal under names of their own', async () => {
    await serveNext()
    const number = await pushNext()
    const seq = await lastSeq()
    expect((await activate(number, 5)).status).toBe(200)
    const stranger = await smallSubmission(await createSigner('eve'), number + 1)
    const refused = await admin.ask('POST', `${POLICY}/revisions`, { body: stranger })
    expect(refused.status).toBe(422)
    expect(await admin.audit(seq)).toMatchObject([
      { actor: ACTOR, action: 'policy.stage', details: { percent: 5 } },
      { actor: ACTOR, action: 'policy.reject', details: { id: refused.body.rejection } },
    ])
    expect((await change('halt')).status).toBe(200)
  })

  it('has nothing of a write that was not made', async () => {
    await serveNext()
    const seq = await lastSeq()
    const refused = [
      await push(last),
      await activate(last),
      await activate(last + 1),
      await change('halt'),
      await admin.ask('POST', `${POLICY}/halt`, { ifMatch: '"1"' }),
      await admin.ask('POST', `${POLICY}/activate`, { body: { revision: last } }),
      await admin.ask('DELETE', '/keys/00000000'),
      await admin.ask('POST', '/keys', { body: { tenant: 7 } }),
    ]
    expect(refused.map(({ status }) => status)).toEqual([200, 409, 404, 409, 412, 428, 404, 400])
    expect(await admin.audit(seq)).toEqual([])
  })

  it('is whole, and names the entry in which one field of the database was changed', async () => {
    const chambers = chambersIn({ DATA_DIR: gateway.dataDir })
    const verify = () => chambers('audit', 'verify', '--url', gateway.url)
    const entries = await admin.audit()
    const whole = await verify()
    expect(whole.code).toBe(0)
    expect(whole.stdout).toMatch(`Whole: ${entries.length} entries fit one another`)
    const columns = ['time', 'actor', 'action', 'policy', 'tenant', 'details', 'prev', 'hash']
    const database = new DatabaseSync(join(gateway.dataDir, 'chambers.db'))
    try {
      for (const [index, column] of columns.entries()) {
        const seq = index * 3 + 2
        const found = database
          .prepare(`SELECT ${column} AS value FROM audit WHERE seq = ?`)
          .get(seq)
        const set = database.prepare(`UPDATE audit SET ${column} = ? WHERE seq = ?`)
        set.run(alter(column, found?.value ?? null), seq)
        const { code, stderr } = await verify()
        expect([column, code, stderr]).toEqual([
          column,
          1,
          `Broken: entry ${seq} was changed after it was written\n`,
        ])
        set.run(found?.value ?? null, seq)
      }
    } finally {
      database.close()
    }
    expect((await verify()).code).toBe(0)
  })
})

/** Another value that could stand there as well. */
function alter(column: string, value: unknown): string | number {
  if (column === 'time') return Number(value) + 1
  if (column === 'details') return '{}'
  return column === 'prev' || column === 'hash' ? 'f'.repeat(64) : 'another'
}
