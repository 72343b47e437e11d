/** `kill -9` while an older database that holds rows is migrated: all rows stay, and each step is taken once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/database/database.ts'
import { digestOf, migrate } from '../../../src/database/migrate.ts'
import { MIGRATIONS } from '../../../src/database/migrations.ts'
import { createPostgresDatabase } from '../../../src/database/postgres.node.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { ROW_COLUMNS, rowParams, toRow } from '../../../src/transcript/record/row.ts'
import { sampleTranscript } from '../../fakes/deliberation.ts'
import { liveAndDie } from '../../fakes/killed.ts'
import { describeOnPostgres } from '../../fakes/on-postgres.ts'
import { createSeededRandom } from '../../fakes/seeded-random.ts'

const CHILD = join(import.meta.dirname, 'migrate-child.ts')
const ROWS = 20_000
const KILLS = 6
/** About what the steps take with so many rows. */
const LONGEST_MS = 60

const folder = mkdtempSync(join(tmpdir(), 'chambers-migration-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A database of the first program, with transcripts. */
async function fillOld(database: Database): Promise<void> {
  await migrate(database, MIGRATIONS.slice(0, 1))
  const row = toRow(sampleTranscript(1), { key: null, bytes: 0 })
  const [, ...columns] = ROW_COLUMNS.split(', ')
  const [, ...params] = rowParams(row)
  const placeholders = columns.map((name) => (name === 'time' ? 'n' : '?'))
  const sql = `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${ROWS})
    INSERT INTO transcripts (${ROW_COLUMNS}) SELECT 'tr_' || n, ${placeholders.join(', ')} FROM numbers`
  const given = params.filter((_, index) => columns[index] !== 'time')
  await database.batch([{ sql: castParams(database, sql, given), params: given }])
}

/** PostgreSQL wants to know of what type a parameter is that is only selected. */
function castParams({ dialect }: Database, sql: string, params: readonly unknown[]): string {
  let place = 0
  return sql.replace(/\?/g, () => {
    const value = params[place++]
    if (dialect !== 'postgres') return '?'
    return typeof value === 'number' ? 'CAST(? AS BIGINT)' : 'CAST(? AS TEXT)'
  })
}

async function killAgainAndAgain(place: string, open: () => Database): Promise<void> {
  const random = createSeededRandom()
  const old = open()
  await fillOld(old)
  await old.close()
  let kills = 0
  for (let life = 0; life < KILLS; life++) {
    const { code, errors } = await liveAndDie(CHILD, [place], random.fraction() * LONGEST_MS)
    expect([errors, `seed ${random.seed}`]).toEqual(['', `seed ${random.seed}`])
    if (code === null) kills++
  }
  const between = open()
  const before = await between.all('SELECT version FROM schema_migrations ORDER BY version')
  await between.close()
  // Two at once, as when instances start together.
  const last = await Promise.all([
    liveAndDie(CHILD, [place], null),
    liveAndDie(CHILD, [place], null),
  ])
  expect(last.map(({ code, errors }) => [code, errors])).toEqual([
    [0, ''],
    [0, ''],
  ])
  const applied = last.flatMap(({ lines }) => lines.filter((line) => line !== 'begun'))
  expect(applied).toHaveLength(MIGRATIONS.length - before.length)
  expect(new Set(applied).size).toBe(applied.length)

  const database = open()
  const steps = await database.all('SELECT version, digest FROM schema_migrations ORDER BY version')
  const wanted = MIGRATIONS.map(async (one) => ({
    version: one.version,
    digest: await digestOf(one),
  }))
  expect(steps).toEqual(await Promise.all(wanted))
  expect(await database.all('SELECT COUNT(*) AS n, SUM(time) AS sum FROM transcripts')).toEqual([
    { n: ROWS, sum: (ROWS * (ROWS + 1)) / 2 },
  ])
  // Whatever a step makes is there, and no more than once.
  const names = MIGRATIONS.flatMap(({ statements }) => statements.flatMap(nameOf))
  const made = await database.all(
    database.dialect === 'postgres'
      ? "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')"
      : "SELECT name FROM sqlite_master WHERE type IN ('table', 'index')",
  )
  const found = new Set(made.map(({ name }) => String(name)))
  expect(names.filter((name) => !found.has(name))).toEqual([])
  await database.close()
  process.stdout.write(
    `kill -9 while migrating (${place.slice(0, 8)}): ${kills} of ${KILLS} died, ${before.length - 1} steps done by the dead, seed ${random.seed}\n`,
  )
}

function nameOf(statement: string): readonly string[] {
  return /^CREATE (?:UNIQUE )?(?:TABLE|INDEX) (\w+)/.exec(statement)?.slice(1) ?? []
}

describe('kill -9 while a database is migrated', () => {
  it('SQLite keeps every row and takes each step once', async () => {
    const path = join(folder, 'chambers.db')
    await killAgainAndAgain(path, () => openSqlite({ path }))
  })

  describeOnPostgres(({ server }) => {
    it('PostgreSQL keeps every row and takes each step once', async () => {
      const { url } = server()
      await killAgainAndAgain(url, () => createPostgresDatabase({ url }))
    })
  })
})
