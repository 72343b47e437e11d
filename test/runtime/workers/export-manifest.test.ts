import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { streamCompression } from '../../../src/lib/compression.ts'
import { toEntry } from '../../../src/transcript/store/entry.ts'
import { createR2Blobs } from '../../../src/transcript/store/r2-blobs.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import worker from '../../../src/worker.ts'
import { createAdminIssuer } from '../../fakes/admin-issuer.ts'
import { plant } from '../../unit/harvest/stages/plant.ts'
import { database } from './storage.ts'

it('a manifest on the edge has the digest of the file that the same query gives', async () => {
  expect(await migrate(database)).toMatchObject({ ok: true })
  const blobs = createR2Blobs(env.TRANSCRIPTS)
  const store = createTranscriptStore({ database, blobs, compression: streamCompression })
  const planted = await Promise.all(
    [plant(1), plant(2)].map((one) => toEntry(one, streamCompression)),
  )
  expect(await store.append(planted)).toMatchObject({ ok: true })
  const issuer = await createAdminIssuer()
  const token = await issuer.token()
  const ask = async (path: string) => {
    const context = createExecutionContext()
    const response = await worker.fetch(
      new Request(`https://chambers.example/admin/v1/${path}`, {
        headers: { authorization: `Bearer ${token}` },
      }),
      { ...env, ...issuer.variables } as never,
      context as never,
    )
    const bytes = new Uint8Array(await response.arrayBuffer())
    await waitOnExecutionContext(context)
    return { status: response.status, bytes, text: new TextDecoder().decode(bytes) }
  }
  for (const query of ['format=sft', 'format=sft&encoding=parquet']) {
    const data = await ask(`export?${query}`)
    const manifest = await ask(`export/manifest?${query}`)
    expect([data.status, manifest.status]).toEqual([200, 200])
    const sha256 = createHash('sha256').update(data.bytes).digest('hex')
    expect(JSON.parse(manifest.text)).toMatchObject({
      files: [{ rows: 2, bytes: data.bytes.length, sha256 }],
    })
  }
  const zstd = await ask('export?format=sft&encoding=parquet&codec=zstd')
  expect([zstd.status, JSON.parse(zstd.text).reason]).toEqual([409, 'no_codec'])
})
