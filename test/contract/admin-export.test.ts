import { gunzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { systemClock, systemRandom } from '../../src/lib/clock.ts'
import type { Transcript } from '../../src/transcript/record.ts'
import { createSeal } from '../../src/transcript/seal.ts'
import { fillDatabase } from '../fakes/logged-transcripts.ts'
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
    await vi.waitFor(async () => {
      expect((await ask('GET', '/export?format=sft')).status).toBe(200)
    })
  })

  it('is refused where transcripts are sealed', async () => {
    const gateway = await openAdminGateway()
    const { publicKey } = await createKeyPair()
    const seal = await createSeal({ key: publicKey, clock: systemClock, random: systemRandom })
    await fillDatabase(gateway.database, SOME, seal)
    const response = await gateway.ask('GET', '/export?format=sft')
    expect([response.status, await response.json()]).toMatchObject([
      409,
      { code: 'conflict', detail: expect.stringContaining('sealed') },
    ])
  })

  it.each([
    ['format=csv', 'format'],
    ['format=sft&splits=50/50/50', 'splits'],
    ['format=rl&minScores=grounded:5', 'minScores'],
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
