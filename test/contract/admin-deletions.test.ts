import { beforeEach, describe, expect, it } from 'vitest'
import { toEntry } from '../../src/transcript/store/entry.ts'
import { createExportStore } from '../../src/transcript/store/exports.ts'
import { subjectOf } from '../../src/transcript/store/subject.ts'
import { zlibCompression } from '../../src/transcript/zlib-compression.node.ts'
import { sampleTranscript } from '../fakes/deliberation.ts'
import { type AdminGateway, type Claims, openAdminGateway } from './admin-gateway.ts'

const PERSON = 'person@example.org'

let gateway: AdminGateway
let subject: string

const remove = async (query: object, claims: Claims = {}) => {
  const search = new URLSearchParams({ ...query }).toString()
  const response = await gateway.ask('DELETE', `/transcripts?${search}`, { claims })
  return { status: response.status, body: await response.json() }
}
const left = async () => (await gateway.database.all('SELECT id FROM transcripts')).length

beforeEach(async () => {
  gateway = await openAdminGateway()
  const source = { tenant: 'acme', safetyIdentifier: PERSON, user: 'else', tokenSubject: null }
  subject = (await subjectOf(gateway.subjectKey, source)) ?? ''
  const transcripts = [
    sampleTranscript(1, { subject }),
    sampleTranscript(2, { subject }),
    sampleTranscript(3),
  ]
  await gateway.transcripts.append(
    await Promise.all(transcripts.map((one) => toEntry(one, zlibCompression))),
  )
})

describe('the deletion of a subject', () => {
  it.each<[string, () => object, Claims]>([
    ['its name and tenant', () => ({ subject: PERSON, tenant: 'acme' }), {}],
    ['its digest', () => ({ subject }), {}],
    [
      'its name, by an admin of the tenant',
      () => ({ subject: PERSON, tenant: 'acme' }),
      { tenants: ['acme'] },
    ],
    ['its digest, by an admin of the tenant', () => ({ subject }), { tenants: ['acme', 'b'] }],
  ])('by %s removes its transcripts', async (_, query, claims) => {
    expect(await remove(query(), claims)).toEqual({
      status: 200,
      body: { transcripts: 2, labels: 0, candidateReviews: 0, exports: [] },
    })
    expect(await left()).toBe(1)
    expect((await remove(query(), claims)).body.transcripts).toBe(0)
  })

  it.each<[string, () => object, Claims, object]>([
    [
      'by a name without a tenant',
      () => ({ subject: PERSON }),
      {},
      {
        status: 400,
        body: {
          code: 'invalid_request',
          problems: [{ code: 'field_missing', parameter: 'tenant' }],
        },
      },
    ],
    [
      'of nobody',
      () => ({ tenant: 'acme' }),
      {},
      { status: 400, body: { code: 'invalid_request' } },
    ],
    [
      'by something else',
      () => ({ subject, session: 'x' }),
      {},
      { status: 400, body: { code: 'invalid_request' } },
    ],
    [
      'of another tenant',
      () => ({ subject: PERSON, tenant: 'acme' }),
      { tenants: ['other'] },
      { status: 403, body: { code: 'insufficient_scope' } },
    ],
    [
      'without the scope',
      () => ({ subject }),
      { scope: 'transcript:read' },
      { status: 403, body: { code: 'insufficient_scope' } },
    ],
    [
      'of another tenant, by its digest',
      () => ({ subject }),
      { tenants: ['other'] },
      { status: 200, body: { transcripts: 0 } },
    ],
  ])('%s removes nothing', async (_, query, claims, expected) => {
    expect(await remove(query(), claims)).toMatchObject(expected)
    expect(await left()).toBe(3)
  })

  it('tells the exports that hold it, and nobody who it is', async () => {
    const record = {
      id: 'ex_1',
      time: 1,
      actor: 'cli:ada',
      format: 'sft',
      filters: { policy: 'default' },
      manifestDigest: 'c'.repeat(64),
    }
    await createExportStore(gateway).record(record, [
      { transcript: 'tr_1', id: 'tr_1#0', tenant: 'acme', subject, split: 'train' },
    ])
    const removed = await remove({ subject: PERSON, tenant: 'acme' })
    expect(removed.body.exports).toEqual([
      { ...record, transcripts: 1, rows: [{ id: 'tr_1#0', split: 'train' }] },
    ])
    const told = JSON.stringify([removed, await gateway.audit.read(0, 10)])
    expect(told).toContain('subject.delete')
    expect(told).not.toContain(PERSON)
    expect(told).not.toContain(subject)
  })
})
