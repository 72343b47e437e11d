import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { DatabaseError } from '../../../src/database/database.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { describeDatabase } from './database-suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'chambers-sqlite-'))
let count = 0
const newPath = () => join(folder, `folder-${++count}`, 'chambers.db')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describeDatabase('node:sqlite', async () => openSqlite({ path: newPath() }))

const TABLE = { sql: 'CREATE TABLE t (id TEXT PRIMARY KEY)', params: [] }
const insert = (id: string) => ({ sql: 'INSERT INTO t VALUES (?)', params: [id] })

describe('openSqlite', () => {
  it('answers a write only after the flush, and flushes once for all that came together', async () => {
    const releases: (() => void)[] = []
    const path = newPath()
    const flush = () => new Promise<void>((resolve) => releases.push(resolve))
    const database = openSqlite({ path, flush })
    let answered = 0
    const writes = [TABLE, insert('a'), insert('b')].map(async (statement) => {
      await database.batch([statement])
      answered++
    })
    await expect.poll(() => releases.length).toBe(1)
    expect(answered).toBe(0)
    releases[0]?.()
    await Promise.all(writes)
    expect([answered, releases.length]).toEqual([3, 1])
    await database.close()
  })

  it('fails every write of a group whose flush failed', async () => {
    const database = openSqlite({ path: newPath(), flush: () => Promise.reject(new Error('EIO')) })
    await expect(database.batch([TABLE])).rejects.toMatchObject({
      failure: 'unavailable',
      message: 'Cannot flush the write-ahead log',
    })
    await database.close()
  })

  it('waits for another process without holding the event loop', async () => {
    const path = newPath()
    const database = openSqlite({ path })
    await database.batch([TABLE])
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    let turns = 0
    const ticking = setInterval(() => turns++, 1)
    const write = database.batch([insert('a')])
    await expect.poll(() => turns).toBeGreaterThan(5)
    other.exec('COMMIT')
    await write
    clearInterval(ticking)
    expect(await database.all('SELECT id FROM t')).toEqual([{ id: 'a' }])
    other.close()
    await database.close()
  })

  it('lets others have their turn while somebody reads and reads', async () => {
    const database = openSqlite({ path: newPath() })
    let turns = 0
    const others = setInterval(() => turns++, 0)
    for (let read = 0; turns <= 10 && read < 1_000_000; read++) await database.all('SELECT 1')
    clearInterval(others)
    expect(turns).toBeGreaterThan(10)
    await database.close()
  })

  it('gives up a write that another process keeps waiting, as unavailable', async () => {
    const path = newPath()
    const database = openSqlite({ path, busyTimeoutMs: 30 })
    await database.batch([TABLE])
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    await expect(database.batch([insert('a')])).rejects.toMatchObject({
      failure: 'unavailable',
      message: 'database is locked',
    })
    other.close()
    await database.close()
  })

  it('makes a file that only its owner can read', async () => {
    const path = newPath()
    const database = openSqlite({ path })
    await database.batch([TABLE])
    expect([path, `${path}-wal`].map((file) => statSync(file).mode & 0o077)).toEqual([0, 0])
    await database.close()
  })

  it('refuses a file that is no database, by name', () => {
    const path = join(folder, 'not-a-database')
    writeFileSync(path, 'This is a text and not a database. '.repeat(100))
    expect(() => openSqlite({ path })).toThrow(DatabaseError)
    expect(() => openSqlite({ path })).toThrow(`Cannot open ${path}: file is not a database`)
  })

  it('ends what it began before it closes, and takes nothing afterwards', async () => {
    const path = newPath()
    const database = openSqlite({ path })
    const writes = [database.batch([TABLE]), database.batch([insert('a')])]
    await database.close()
    await Promise.all(writes)
    await expect(database.batch([insert('b')])).rejects.toThrow('The database is closed')
    const again = openSqlite({ path })
    expect(await again.all('SELECT id FROM t')).toEqual([{ id: 'a' }])
    await again.close()
  })
})
