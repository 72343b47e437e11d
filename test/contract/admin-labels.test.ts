import { beforeEach, describe, expect, it } from 'vitest'
import { systemClock, systemRandom } from '../../src/lib/clock.ts'
import { createOpen } from '../../src/transcript/seal/open.ts'
import { createSeal } from '../../src/transcript/seal/seal.ts'
import { toEntry } from '../../src/transcript/store/entry.ts'
import { openLabel } from '../../src/transcript/store/labels.ts'
import { zlibCompression } from '../../src/transcript/zlib-compression.node.ts'
import { sampleTranscript } from '../fakes/deliberation.ts'
import { createKeyPair } from '../fakes/transcript-keys.ts'
import { type AdminGateway, type Claims, garden, openAdminGateway } from './admin-gateway.ts'

let gateway: AdminGateway
const { id } = sampleTranscript(1)
const path = `/transcripts/${id}/labels`

const keep = async (opened: AdminGateway, packing = zlibCompression) => {
  const principal = { tenant: 'other', app: 'chat', consent: 'audit' } as const
  const transcripts = [sampleTranscript(1), sampleTranscript(2, { principal })]
  await opened.transcripts.append(
    await Promise.all(transcripts.map((one) => toEntry(one, packing))),
  )
}

beforeEach(async () => {
  gateway = await openAdminGateway()
  await keep(gateway)
})

const label = async (body: unknown, claims: Claims = {}, to = path) => {
  const response = await gateway.ask('POST', to, { body, claims })
  return { status: response.status, body: await response.json() }
}
const read = async (transcript = id) =>
  (await gateway.ask('GET', `/transcripts/${transcript}`)).json()

describe('a label', () => {
  const nothing = { decision: null, clauses: [], answer: null, note: null, sealed: null }
  it.each<[object, object]>([
    [{ kind: 'good' }, nothing],
    [
      { kind: 'bad', note: 'Too long' },
      { ...nothing, note: 'Too long' },
    ],
    [
      { kind: 'wrong_decision', decision: 'comply', clauses: ['SHM1'] },
      { ...nothing, decision: 'comply', clauses: ['SHM1'] },
    ],
    [
      { kind: 'wrong_decision', decision: 'refuse' },
      { ...nothing, decision: 'refuse' },
    ],
    [
      { kind: 'edited_answer', answer: 'NUL \u0000 and \ud800' },
      { ...nothing, answer: 'NUL \u0000 and \ud800' },
    ],
    [
      { kind: 'note', note: '漢字' },
      { ...nothing, note: '漢字' },
    ],
  ])('%j is kept with its author, and told beside the transcript', async (said, expected) => {
    const made = await label(said)
    expect(made).toMatchObject({
      status: 201,
      body: { ...said, ...expected, transcript: id, author: 'admin:ada' },
    })
    const transcript = await read()
    expect(transcript.labels).toEqual([made.body])
    expect(transcript.attempts[1].verdicts[0]).not.toHaveProperty('labels')
    expect((await read(sampleTranscript(2).id)).labels).toEqual([])
  })

  it.each<[unknown, string, string]>([
    [{ kind: 'good', answer: 'x' }, 'field_unknown', '/answer'],
    [{ kind: 'bad', author: 'admin:eve' }, 'field_unknown', '/author'],
    [{ kind: 'wrong_decision' }, 'field_invalid', '/decision'],
    [{ kind: 'wrong_decision', decision: 'maybe' }, 'field_invalid', '/decision'],
    [{ kind: 'edited_answer' }, 'field_missing', '/answer'],
    [{ kind: 'note' }, 'field_missing', '/note'],
    [{ kind: 'note', note: '' }, 'field_invalid', '/note'],
    [{ kind: 'splendid' }, 'field_invalid', '/kind'],
    [
      { kind: 'wrong_decision', decision: 'comply', clauses: ['a b'] },
      'field_invalid',
      '/clauses/0',
    ],
  ])('%j is refused with a pointer', async (body, code, pointer) => {
    const refused = await label(body)
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request'])
    expect(refused.body.problems).toMatchObject([{ code, pointer }])
    expect((await read()).labels).toEqual([])
  })

  it.each<[string, Claims, string, number, string]>([
    ['of another tenant', { tenants: ['other'] }, path, 404, 'not_found'],
    ['of nothing', {}, `/transcripts/tr_${'f'.repeat(32)}/labels`, 404, 'not_found'],
    ['without the scope', { scope: 'transcript:export' }, path, 403, 'insufficient_scope'],
  ])('%s is refused', async (_, claims, to, status, code) => {
    expect(await label({ kind: 'good' }, claims, to)).toMatchObject({ status, body: { code } })
    expect(await gateway.audit.read(0, 10)).toEqual([])
  })

  it('is in the audit log by its kind, without a word of it', async () => {
    const { body } = await label({ kind: 'edited_answer', answer: 'SECRET', note: 'SECRET' })
    const [entry] = await gateway.audit.read(0, 10)
    expect(entry).toMatchObject({
      actor: 'admin:ada',
      action: 'transcript.label',
      tenant: 'acme',
      policy: 'default',
      details: { transcript: id, label: body.id, kind: 'edited_answer' },
    })
    expect(JSON.stringify(entry)).not.toContain('SECRET')
  })

  it('is what transcripts can be listed by', async () => {
    await label({ kind: 'good' })
    await label({ kind: 'note', note: 'x' })
    const listed = async (kind: string) => {
      const response = await gateway.ask('GET', `/transcripts?label=${kind}`)
      const { transcripts } = await response.json()
      return transcripts.map((row: { readonly id: string }) => row.id)
    }
    expect(await listed('good')).toEqual([id])
    expect(await listed('note')).toEqual([id])
    expect(await listed('bad')).toEqual([])
  })

  it('is sealed where transcripts are, so that the database holds no word of it', async () => {
    const { publicKey, privateKey } = await createKeyPair()
    const seal = await createSeal({ key: publicKey, clock: systemClock, random: systemRandom })
    const packing = { ...zlibCompression, seal }
    gateway = await openAdminGateway({}, packing)
    await keep(gateway, packing)
    const said = { kind: 'edited_answer', answer: 'SECRET \ud800', note: 'WHY' }
    const { body } = await label(said)
    expect(body).toMatchObject({ answer: null, note: null, sealed: expect.any(String) })
    const rows = JSON.stringify(await gateway.database.all('SELECT * FROM labels'))
    expect(rows).not.toMatch(/SECRET|WHY/)
    const { labels, sealed, attempts } = await read()
    expect([labels, typeof sealed, attempts]).toEqual([[body], 'string', 2])
    const open = await createOpen([privateKey])
    expect(await openLabel(labels[0], { open, packing })).toMatchObject({ ok: true, value: said })
    const moved = { ...labels[0], id: 'lb_other' }
    expect(await openLabel(moved, { open, packing })).toMatchObject({
      failure: { reason: 'seal_broken' },
    })
  })
})

describe('the clauses of a label', () => {
  const wrong = { kind: 'wrong_decision', decision: 'comply' }
  const [section] = garden.sections
  const known = section?.clauses[0]?.id ?? ''

  beforeEach(async () => {
    const altered = sampleTranscript(3)
    const policy = { ...altered.policy, id: garden.id, digest: garden.digest }
    await gateway.transcripts.append([await toEntry({ ...altered, policy }, zlibCompression)])
  })

  it('are those of the policy that the transcript was made under', async () => {
    const to = `/transcripts/${sampleTranscript(3).id}/labels`
    expect((await label({ ...wrong, clauses: [known] }, {}, to)).status).toBe(201)
    const { status, body } = await label({ ...wrong, clauses: [known, `${known}0`] }, {}, to)
    expect(status).toBe(400)
    expect(body.problems).toEqual([
      {
        code: 'field_invalid',
        message: `${known}0 is no clause of garden@${garden.digest.slice(0, 12)}. Did you mean ${known}?`,
        pointer: '/clauses/1',
      },
    ])
  })

  it('are told of no transcript that is not seen', async () => {
    const to = `/transcripts/${sampleTranscript(2).id}/labels`
    const asked = await label({ ...wrong, clauses: ['XXX1'] }, { tenants: ['acme'] }, to)
    expect(asked.status).toBe(404)
  })
})
