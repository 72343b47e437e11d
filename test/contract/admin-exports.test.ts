import { describe, expect, it } from 'vitest'
import { fillDatabase, idOf } from '../fakes/logged-transcripts.ts'
import { plant } from '../unit/harvest/stages/plant.ts'
import { NOW } from '../unit/revisions/control.ts'
import { openAdminGateway } from './admin-gateway.ts'

const NOTE = {
  format: 'golden',
  filters: { policy: null, label: 'wrong_decision' },
  digest: 'a'.repeat(64),
  begun: NOW,
  transcripts: [idOf(1), idOf(2)],
}

async function gatewayWithTwo() {
  const gateway = await openAdminGateway()
  const subject = 'a1'.repeat(32)
  const people = [plant(1), plant(2, { tenant: 'other' })].map((one) => ({ ...one, subject }))
  await fillDatabase(gateway.database, people)
  return { ...gateway, subject }
}

describe('POST /admin/v1/exports', () => {
  it('is told to whoever deletes a person in it', async () => {
    const { ask, subject, audit } = await gatewayWithTwo()
    const noted = await ask('POST', '/exports', { body: NOTE })
    const { id, transcripts } = (await noted.json()) as { id: string; transcripts: number }
    expect([noted.status, transcripts]).toEqual([201, 2])
    const [entry] = await audit.read(0, 10)
    expect(entry).toMatchObject({ actor: 'admin:ada', action: 'transcript.export' })
    const deleted = await ask('DELETE', `/transcripts?subject=${subject}`)
    expect(await deleted.json()).toMatchObject({
      exports: [{ id, actor: 'admin:ada', format: 'golden', manifestDigest: NOTE.digest }],
    })
  })

  it('takes no transcript of a tenant that the token does not name, nor one that is gone', async () => {
    const { ask, database } = await gatewayWithTwo()
    const refused = await ask('POST', '/exports', { body: NOTE, claims: { tenants: ['acme'] } })
    expect([refused.status, await refused.json()]).toMatchObject([404, { code: 'not_found' }])
    const gone = { ...NOTE, transcripts: [idOf(1), idOf(9)] }
    expect((await ask('POST', '/exports', { body: gone })).status).toBe(404)
    expect(await database.all('SELECT id FROM exports')).toEqual([])
  })

  it('is refused where somebody in it was deleted since it was begun', async () => {
    const { ask, subject, database } = await gatewayWithTwo()
    const sql = "INSERT INTO deleted_subjects (subject, tenant, time) VALUES (?, '*', ?)"
    await database.batch([{ sql, params: [subject, NOW] }])
    const later = await ask('POST', '/exports', { body: { ...NOTE, begun: NOW + 60_000 } })
    expect([later.status, await later.json()]).toMatchObject([
      409,
      { code: 'conflict', reason: 'subject_deleted' },
    ])
  })

  it.each([
    ['half a character', { '\ud800': 'x' }],
    ['a line break', { 'a\nb': 'x' }],
    ['a thousand', Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`f${at}`, 'x']))],
  ])('takes no filters that no note holds: %s', async (_, filters) => {
    const { ask } = await gatewayWithTwo()
    const refused = await ask('POST', '/exports', { body: { ...NOTE, filters } })
    expect([refused.status, await refused.json()]).toMatchObject([400, { code: 'invalid_request' }])
  })

  it('needs the scope for exports', async () => {
    const { ask } = await gatewayWithTwo()
    const claims = { scope: 'transcript:read' }
    expect((await ask('POST', '/exports', { body: NOTE, claims })).status).toBe(403)
  })
})
