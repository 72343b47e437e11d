/** `kill -9` while transcripts are written, labelled, deleted and expire: nothing acknowledged is lost, and nothing is left over. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { verifyChain } from '../../../src/audit/verify-chain.ts'
import { sweep } from '../../../src/transcript/store/sweep.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { liveAndDie } from '../../fakes/killed.ts'
import { createSeededRandom } from '../../fakes/seeded-random.ts'
import { createKeyPair, openStored } from '../../fakes/transcript-keys.ts'
import { openKeeping } from '../../unit/transcript/keeping.ts'

const CHILD = join(import.meta.dirname, 'custody-child.ts')
const LIVES = 4
const LONGEST_MS = 400
const LATER_MS = 30 * 86_400_000

const root = mkdtempSync(join(tmpdir(), 'chambers-custody-kill-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

it.each([
  ['database', 'in the clear'],
  ['bucket', 'in the clear'],
  ['bucket', 'sealed'],
])('content in the %s, %s', async (where, how) => {
  const folder = join(root, `${where} ${how}`)
  const { publicKey, privateKey } = await createKeyPair()
  const key = how === 'sealed' ? JSON.stringify(publicKey) : undefined
  const random = createSeededRandom()
  const said: string[][] = []
  for (let life = 0; life < LIVES; life++) {
    const args = [folder, where, String(life), ...(key ? [key] : [])]
    const { lines, errors, code } = await liveAndDie(CHILD, args, random.fraction() * LONGEST_MS)
    expect([errors, code, random.seed]).toEqual(['', null, random.seed])
    said.push(...lines.map((line) => line.split(' ')))
  }
  const of = (word: string) => said.filter(([first]) => first === word)
  const deleting = new Set(of('deleting').map(([, subject]) => subject ?? ''))
  const deleted = new Set(of('deleted').map(([, subject]) => subject ?? ''))
  const standing = of('stored').filter(([, , subject]) => !deleting.has(subject ?? ''))

  const left = await openKeepingIn(folder, where, key)
  const { database, store, bucket } = left
  const idsOf = async (sql: string) => (await database.all(sql, [])).map((row) => String(row.id))
  const subjects = await idsOf('SELECT DISTINCT subject AS id FROM transcripts')
  expect(subjects.filter((subject) => deleted.has(subject))).toEqual([])
  if (where === 'database') expect(await left.orphans()).toEqual({ blobs: [], rows: [] })

  // Whatever was begun is ended as it would be: asked for again, or found by the next round.
  for (const subject of deleting) {
    if (deleted.has(subject)) continue
    await left.deleteSubject({ subject, tenants: ['acme'], actor: 'admin:ada' })
  }
  await left.expire({ signal: null, limit: Number.POSITIVE_INFINITY })
  const clock = { now: () => Date.now() + LATER_MS, monotonic: () => 0 }
  const swept = await sweep({ database, bucket, clock })
  expect(await left.orphans()).toEqual({ blobs: [], rows: [] })

  const ids = await idsOf('SELECT id FROM transcripts')
  const present = new Set(ids)
  expect(present.size).toBe(ids.length)
  expect(standing.filter(([, id]) => !present.has(id ?? ''))).toEqual([])
  expect(of('old').filter(([, id]) => present.has(id ?? ''))).toEqual([])
  for (const [, id = ''] of standing.slice(-20)) {
    const stored = await store.read(id)
    const opened = key ? await openStored(stored, privateKey, zlibCompression) : stored?.transcript
    expect(opened).toMatchObject({ id, attempts: [{}, {}] })
  }
  const labelled = await database.all('SELECT id, transcript_id FROM labels', [])
  const labels = new Map(labelled.map((row) => [String(row.id), String(row.transcript_id)]))
  expect([...labels.values()].filter((id) => !present.has(id))).toEqual([])
  const wanted = of('labelled').filter(([, , id]) => present.has(id ?? ''))
  expect(wanted.filter(([, label]) => !labels.has(label ?? ''))).toEqual([])

  const entries = await left.audit.read(0, 100_000)
  async function* all() {
    yield* entries
  }
  expect(await verifyChain({ entries: all(), anchor: null })).toMatchObject({ ok: true })
  const told = entries.filter(({ action }) => action === 'transcript.label')
  const named = new Set(told.map(({ details }) => String((details as { label?: string }).label)))
  expect(named.size).toBe(told.length)
  expect(of('labelled').filter(([, label]) => !named.has(label ?? ''))).toEqual([])
  expect(standing.length).toBeGreaterThan(0)
  await left.close()
  process.stdout.write(
    `kill -9 while keeping (${where}, ${how}): ${LIVES} kills, ${of('stored').length} stored, ${of('labelled').length} labelled, ${deleted.size} persons deleted and ${deleting.size - deleted.size} begun, ${swept} contents swept, seed ${random.seed}\n`,
  )
})

async function openKeepingIn(folder: string, where: string, key: string | undefined) {
  const keeping = await openKeeping({ folder, where, key })
  const { database, bucket } = keeping
  return {
    ...keeping,
    close: () => database.close(),
    /** Content without a row, and rows without their content. */
    async orphans() {
      const rows = await database.all('SELECT content_key AS name FROM transcripts', [])
      const named = new Set(rows.map(({ name }) => String(name)))
      const names =
        where === 'bucket'
          ? (await bucket.list({ prefix: 'transcripts/', limit: 1e6 })).objects.map(
              ({ key: k }) => k,
            )
          : (await database.all('SELECT name FROM blobs', [])).map(({ name }) => String(name))
      const found = new Set(names)
      return {
        blobs: names.filter((name) => !named.has(name)),
        rows: [...named].filter((name) => !found.has(name)),
      }
    },
  }
}
