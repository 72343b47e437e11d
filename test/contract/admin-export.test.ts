import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { systemClock, systemRandom } from '../../src/lib/clock.ts'
import type { Transcript } from '../../src/transcript/record/record.ts'
import { createOpen, openTranscript } from '../../src/transcript/seal/open.ts'
import { createSeal } from '../../src/transcript/seal/seal.ts'
import { zlibCompression } from '../../src/transcript/zlib-compression.node.ts'
import { fillDatabase, idOf } from '../fakes/logged-transcripts.ts'
import { createKeyPair } from '../fakes/transcript-keys.ts'
import { withFailedDraft } from '../unit/harvest/export-scene.ts'
import { plant } from '../unit/harvest/stages/plant.ts'
import { openAdminGateway, tokenFor } from './admin-gateway.ts'

async function gatewayWith(transcripts: readonly Transcript[]) {
  const gateway = await openAdminGateway()
  await fillDatabase(gateway.database, transcripts)
  return gateway
}

const rowsIn = (text: string): readonly Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

const SOME = [plant(1), withFailedDraft(plant(2), 'A draft'), plant(3, { tenant: 'other' })]

describe('GET /admin/v1/export', () => {
  it.each([
    ['sft', 3],
    ['sft-cot', 3],
    ['preference', 1],
    ['kto', 4],
    ['rl', 3],
    ['judge', 7],
    ['transcript', 3],
  ])('streams the rows of %s', async (format, count) => {
    const { ask } = await gatewayWith(SOME)
    const response = await ask('GET', `/export?format=${format}`)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/x-ndjson',
    ])
    expect(rowsIn(await response.text())).toHaveLength(count)
  })

  it('gives Parquet and gzip when asked', async () => {
    const { ask } = await gatewayWith(SOME)
    const parquet = await ask('GET', '/export?format=sft&encoding=parquet')
    const bytes = new Uint8Array(await parquet.arrayBuffer())
    const ends = [bytes.slice(0, 4), bytes.slice(-4)].map((end) => new TextDecoder().decode(end))
    expect(ends).toEqual(['PAR1', 'PAR1'])
    const packed = await ask('GET', '/export?format=sft&encoding=jsonl.gz')
    const text = gunzipSync(new Uint8Array(await packed.arrayBuffer())).toString()
    expect(rowsIn(text)).toHaveLength(3)
  })

  it('gives the tenants that the token names, and no others', async () => {
    const { ask } = await gatewayWith(SOME)
    const claims = { tenants: ['other'] }
    const response = await ask('GET', '/export?format=transcript', { claims })
    expect(rowsIn(await response.text()).map(({ tenant }) => tenant)).toEqual(['other'])
    const foreign = await ask('GET', '/export?format=sft&tenant=acme', { claims })
    expect(await foreign.text()).toBe('')
  })

  it('gives each split the same rows every time, and all of them once', async () => {
    const { ask } = await gatewayWith(Array.from({ length: 30 }, (_, index) => plant(index + 1)))
    const idsOf = async (split: string) => {
      const response = await ask('GET', `/export?format=sft&splits=50/25/25&split=${split}`)
      return rowsIn(await response.text()).map(({ id }) => id)
    }
    const all = [await idsOf('train'), await idsOf('validation'), await idsOf('test')]
    expect(new Set(all.flat()).size).toBe(30)
    expect(all.flat()).toHaveLength(30)
    expect(await idsOf('test')).toEqual(all[2])
  })

  it('is audited and noted before anything is given', async () => {
    const { ask, audit, database } = await gatewayWith(SOME)
    const response = await ask('GET', '/export?format=rl')
    const [entry] = await audit.read(0, 10)
    expect(entry).toMatchObject({ actor: 'admin:ada', action: 'transcript.export' })
    const [row] = await database.all('SELECT transcripts, format FROM exports')
    expect(row).toEqual({ transcripts: 3, format: 'rl' })
    await response.text()
  })

  it('needs the scope for it', async () => {
    const { ask } = await gatewayWith(SOME)
    const response = await ask('GET', '/export?format=sft', {
      claims: { scope: 'transcript:read' },
    })
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      403,
      'insufficient_scope',
    ])
  })

  it('is refused while another is under way, and free when that was left', async () => {
    const { app, ask } = await gatewayWith(SOME)
    const headers = { authorization: `Bearer ${await tokenFor()}` }
    const first = await app.request('/admin/v1/export?format=sft', { headers })
    expect((await ask('GET', '/export?format=sft')).status).toBe(409)
    await first.body?.cancel()
    await expect.poll(async () => (await ask('GET', '/export?format=sft')).status).toBe(200)
  })

  it('takes no place for whoever asks for its headers alone', async () => {
    const { ask, database } = await gatewayWith(SOME)
    expect((await ask('HEAD', '/export?format=sft')).status).toBe(405)
    expect(await database.all('SELECT id FROM exports')).toEqual([])
    expect((await ask('GET', '/export?format=sft')).status).toBe(200)
  })

  it('ends with whoever has asked, before it has begun and in the middle', async () => {
    const { app, ask, database } = await gatewayWith(
      Array.from({ length: 40 }, (_, index) => plant(index + 1)),
    )
    const headers = { authorization: `Bearer ${await tokenFor()}` }
    const gone = new AbortController()
    const asked = app.request('/admin/v1/export?format=sft', { headers, signal: gone.signal })
    gone.abort()
    expect((await asked).status).toBe(409)
    expect(await database.all('SELECT id FROM exports')).toEqual([])
    const leaving = new AbortController()
    const signal = leaving.signal
    const begun = await app.request('/admin/v1/export?format=sft', { headers, signal })
    leaving.abort()
    await expect(begun.text()).rejects.toThrow()
    await expect.poll(async () => (await ask('GET', '/export?format=sft')).status).toBe(200)
  })

  it('has a name, by which it is noted', async () => {
    const { ask, database } = await gatewayWith(SOME)
    const response = await ask('GET', '/export?format=sft')
    const noted = await database.all('SELECT id FROM exports')
    expect(noted).toEqual([{ id: response.headers.get('x-chambers-export') }])
  })

  it.each([
    'format=sft',
    'format=sft-cot&encoding=jsonl.gz&splits=50/25/25&split=train',
    'format=kto&encoding=parquet&codec=zstd&withReasoning=true',
  ])('has a manifest that fits the file, and notes nobody for it: %s', async (query) => {
    const { ask, database } = await gatewayWith(
      Array.from({ length: 12 }, (_, index) => plant(index + 1)),
    )
    const response = await ask('GET', `/export/manifest?${query}`)
    const text = await response.text()
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await database.all('SELECT id FROM exports')).toEqual([])
    const data = Buffer.from(await (await ask('GET', `/export?${query}`)).arrayBuffer())
    const sha256 = createHash('sha256').update(data).digest('hex')
    expect(JSON.parse(text)).toMatchObject({ files: [{ sha256, bytes: data.length }] })
    expect(await (await ask('GET', `/export/manifest?${query}`)).text()).toBe(text)
    const card = await (await ask('GET', `/export/card?${query}`)).text()
    expect(card).toContain('# Chambers export')
  })

  it('gives each of several tenants', async () => {
    const { ask } = await gatewayWith(SOME)
    const ids = async (query: string) => {
      const response = await ask('GET', `/export?format=transcript&${query}`)
      return rowsIn(await response.text()).map(({ tenant }) => tenant)
    }
    expect(await ids('tenant=acme&tenant=other')).toEqual(['acme', 'acme', 'other'])
    expect(await ids('tenant=other&tenant=nobody')).toEqual(['other'])
  })

  it('gives the texts of policies to those who may read them', async () => {
    const { ask } = await gatewayWith(SOME)
    const response = await ask('GET', '/export/policies')
    const lines = rowsIn(await response.text())
    expect(lines).toMatchObject([{ bundle: { id: 'garden' } }, { protocol: {} }])
    const blind = await ask('GET', '/export/policies', { claims: { policies: [] } })
    expect(rowsIn(await blind.text())).toMatchObject([{ protocol: {} }])
    const claims = { scope: 'transcript:export' }
    expect((await ask('GET', '/export/policies', { claims })).status).toBe(403)
  })

  describe('where transcripts are sealed', () => {
    const sealedGateway = async () => {
      const gateway = await openAdminGateway()
      const { publicKey, privateKey } = await createKeyPair()
      const seal = await createSeal({ key: publicKey, clock: systemClock, random: systemRandom })
      const barred = plant(4, { consent: 'audit', prompt: 'Of whom nothing is told' })
      await fillDatabase(gateway.database, [...SOME, barred], seal)
      return { ...gateway, open: await createOpen([privateKey]) }
    }

    it.each([
      'format=sft',
      'format=transcript&minScores=style:8',
      'format=transcript&splits=90/5/5',
    ])('is refused: %s', async (query) => {
      const { ask } = await sealedGateway()
      const response = await ask('GET', `/export?${query}`)
      expect([response.status, await response.json()]).toMatchObject([
        409,
        { code: 'conflict', reason: 'sealed', detail: expect.stringContaining('sealed') },
      ])
    })

    it('gives records as they are, and of callers without consent no more than that', async () => {
      const { ask, open, database } = await sealedGateway()
      const response = await ask('GET', '/export?format=transcript')
      const lines = rowsIn(await response.text())
      expect(lines.map(({ id }) => id)).toEqual([idOf(1), idOf(2), idOf(3), idOf(4)])
      expect(lines[3]).toEqual({
        id: idOf(4),
        number: 4,
        time: expect.any(Number),
        consent: 'audit',
      })
      const [{ sealed, tenant, labels } = {}] = lines
      expect([tenant, labels]).toEqual(['acme', []])
      const opened = await openTranscript(
        { id: idOf(1), sealed: String(sealed) },
        { open, compression: zlibCompression },
      )
      expect(opened).toMatchObject({ ok: true, value: { id: idOf(1), tenant: 'acme' } })
      expect(await database.all('SELECT transcripts FROM exports')).toEqual([{ transcripts: 3 }])
      const later = await ask('GET', '/export?format=transcript&tenant=other')
      expect(rowsIn(await later.text())).toHaveLength(1)
    })

    it('is free again when a reader of records has gone', async () => {
      const { app, ask } = await sealedGateway()
      const headers = { authorization: `Bearer ${await tokenFor()}` }
      const first = await app.request('/admin/v1/export?format=transcript', { headers })
      const refused = await ask('GET', '/export?format=transcript')
      expect(await refused.json()).toMatchObject({ reason: 'busy' })
      await first.body?.cancel()
      await expect
        .poll(async () => (await ask('GET', '/export?format=transcript')).status)
        .toBe(200)
    })
  })

  it.each([
    ['format=csv', 'format'],
    ['format=sft&splits=50/50/50', 'splits'],
    ['format=rl&minScores=grounded:5', 'minScores'],
    ['format=sft&withReasoning=true', 'withReasoning'],
    ['format=sft&language=xx', 'language'],
    ['format=sft&minLookAlikes=1', 'minLookAlikes'],
    ['format=sft&colour=red', 'colour'],
  ])('says what is wrong with %s', async (query, parameter) => {
    const { ask } = await gatewayWith([])
    const response = await ask('GET', `/export?${query}`)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { code: 'invalid_request', problems: [{ parameter }] },
    ])
  })
})
