import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openTranscripts } from '../../../../src/cli/policy/open-transcripts.node.ts'
import { type JsonValue, MAX_JSON_DEPTH } from '../../../../src/lib/json.ts'
import { type Config, readConfig } from '../../../../src/start/config.ts'
import { openDatabase } from '../../../../src/start/node/open-database.node.ts'
import {
  FIRST_TIME,
  fillDatabase,
  idOf,
  loggedTranscript,
} from '../../../fakes/logged-transcripts.ts'
import { findPostgres, startPostgres } from '../../../fakes/postgres.ts'
import { createBundle, protocol } from '../../../unit/deliberation/fixtures.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-transcripts-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const bundle = createBundle()
const all = { policy: 'test', since: null, until: FIRST_TIME + 1e9, app: null }

/** As deep as a request may be. */
const deepest = (): JsonValue => {
  let value: JsonValue = 'deep down'
  for (let depth = 1; depth < MAX_JSON_DEPTH; depth++) value = [value]
  return value
}

const transcripts = Array.from({ length: 6 }, (_, number) =>
  loggedTranscript({
    bundle: number === 5 ? { ...bundle, id: 'another' } : bundle,
    protocol,
    number,
    prompt: `Prompt ${number}`,
    altered: {
      ...(number === 4 && { request: { metadata: deepest() } }),
      principal: {
        tenant: 'acme',
        app: number === 1 ? 'shop' : 'chat',
        consent: number === 2 ? 'none' : 'audit',
      },
    },
  }),
)

async function check(environment: Readonly<Record<string, string>>): Promise<void> {
  const config = configOf(environment)
  const database = await openDatabase(config)
  await fillDatabase(database, transcripts)
  await database.close()
  await using source = await openTranscripts({ environment })
  const list = async (filter: object = {}, after: number | null = null, limit = 10) => {
    const place = after === null ? null : { id: idOf(after), time: FIRST_TIME + after * 1000 }
    const listed = await source.list({ ...all, ...filter }, { after: place, limit })
    return listed.map(({ id }) => Number.parseInt(id.slice(3), 16))
  }
  expect(await list()).toEqual([4, 3, 2, 1, 0])
  expect(await list({}, null, 2)).toEqual([4, 3])
  expect(await list({}, 3, 2)).toEqual([2, 1])
  expect(await list({ app: 'shop' })).toEqual([1])
  expect(await list({ since: FIRST_TIME + 1000, until: FIRST_TIME + 3000 })).toEqual([2, 1])
  expect(await source.count(all)).toBe(5)
  expect(await source.count({ ...all, app: 'shop', since: FIRST_TIME })).toBe(1)
  expect(await source.count({ ...all, until: FIRST_TIME })).toBe(0)
  const [, , second] = await source.list(all, { after: null, limit: 3 })
  expect(second).toMatchObject({ id: idOf(2), consent: 'none', hasContent: false })
  expect((await source.read(idOf(3)))?.request).toMatchObject({
    messages: [{ role: 'user', content: 'Prompt 3' }],
  })
  expect((await source.read(idOf(4)))?.request).toEqual({ metadata: deepest() })
  expect([await source.read(idOf(2)), await source.read(idOf(99))]).toEqual([null, null])
}

function configOf(environment: Readonly<Record<string, string>>): Config {
  const read = readConfig(environment, 'node')
  if (!read.ok) throw new Error(read.failure.join())
  return read.value.config
}

describe('stored transcripts from the command line', () => {
  it('are listed, counted and read in SQLite', () => check({ DATA_DIR: root }))

  it.skipIf(findPostgres() === null)('are listed, counted and read in PostgreSQL', async () => {
    await using server = await startPostgres()
    await check({ DATA_DIR: root, DATABASE_URL: server.url })
  })
})
