import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { streamCompression } from '../../../src/lib/compression.ts'
import { createR2Blobs } from '../../../src/transcript/store/r2-blobs.ts'
import worker from '../../../src/worker.ts'
import { createAdminIssuer } from '../../fakes/admin-issuer.ts'
import { database } from '../../runtime/workers/storage.ts'
import { describeExport } from '../../unit/harvest/export-suite.ts'

describeExport('D1 and R2', {
  open: async () => ({ database, blobs: createR2Blobs(env.TRANSCRIPTS) }),
  compression: streamCompression,
})

/** Of what the suite has left in the store. */
it('the route gives as many rows as SQL counts, twice the same', async () => {
  const issuer = await createAdminIssuer()
  const token = await issuer.token()
  const ask = async (query: string) => {
    const context = createExecutionContext()
    const response = await worker.fetch(
      new Request(`https://chambers.example/admin/v1/export?${query}`, {
        headers: { authorization: `Bearer ${token}` },
      }),
      { ...env, ...issuer.variables } as never,
      context as never,
    )
    const text = await (await response.blob()).text()
    await waitOnExecutionContext(context)
    return { status: response.status, text, rows: text.split('\n').filter(Boolean).length }
  }
  const [row] = await database.all(
    `SELECT COUNT(*) AS n FROM transcripts WHERE consent = 'harvest' AND training_rights = 'open' AND app = 'chat'`,
  )
  const records = await ask('format=transcript')
  expect([records.status, records.rows]).toEqual([200, Number(row?.n)])
  // All of them, but for copies, near ones and bogus citations.
  const pairs = await ask('format=sft')
  expect([pairs.status, pairs.rows]).toEqual([200, Number(row?.n) - 90])
  expect((await ask('format=sft')).text).toBe(pairs.text)
})
