import { describe, expect, it } from 'vitest'
import { type Database, DatabaseError } from '../../../../src/database/database.ts'
import { migrate } from '../../../../src/database/migrate.ts'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { systemRandom } from '../../../../src/lib/clock.ts'
import {
  importSubjectKey,
  loadSubjectKey,
  subjectOf,
} from '../../../../src/transcript/store/subject.ts'
import { memoryCopies } from '../../../fakes/storage.ts'

const key = await importSubjectKey('secret')
const source = { tenant: 'acme', safetyIdentifier: null, user: null, tokenSubject: null }

describe('subjectOf', () => {
  it('is 64 hexadecimal digits that do not hold the name', async () => {
    const subject = await subjectOf(key, { ...source, user: 'alice' })
    expect(subject).toMatch(/^[0-9a-f]{64}$/)
  })

  it('is null where nobody is named', async () => {
    expect(await subjectOf(key, { ...source, user: '', safetyIdentifier: 7 })).toBeNull()
  })

  it('prefers the safety identifier, then the user, then the token', async () => {
    const all = { ...source, safetyIdentifier: 'a', user: 'b', tokenSubject: 'c' }
    const [a, b, c] = await Promise.all(
      ['a', 'b', 'c'].map((user) => subjectOf(key, { ...source, user })),
    )
    expect(await subjectOf(key, all)).toBe(a)
    expect(await subjectOf(key, { ...all, safetyIdentifier: undefined })).toBe(b)
    expect(await subjectOf(key, { ...source, tokenSubject: 'c' })).toBe(c)
  })

  it('differs by tenant and by key', async () => {
    const subjects = await Promise.all([
      subjectOf(key, { ...source, user: 'alice' }),
      subjectOf(key, { ...source, user: 'alice', tenant: 'other' }),
      subjectOf(await importSubjectKey('other'), { ...source, user: 'alice' }),
    ])
    expect(new Set(subjects).size).toBe(3)
  })

  it('is the same from every instance of one database', async () => {
    const database = openSqlite({ path: ':memory:' })
    await migrate(database)
    const load = () => loadSubjectKey({ database, random: systemRandom, copies: memoryCopies() })
    const keys = await Promise.all([1, 2, 3].map(load))
    keys.push(await load())
    const subjects = keys.map((one) => subjectOf(one, { ...source, user: 'alice' }))
    expect(new Set(await Promise.all(subjects)).size).toBe(1)
    await database.close()
  })

  it('is read from its copy while the database is away, and nowhere else', async () => {
    const database = openSqlite({ path: ':memory:' })
    await migrate(database)
    const copies = memoryCopies()
    const random = systemRandom
    const before = await loadSubjectKey({ database, random, copies })
    const away: Database = {
      ...database,
      all: () => Promise.reject(new DatabaseError('unavailable', 'gone')),
    }
    const after = await loadSubjectKey({ database: away, random, copies })
    const alice = { ...source, user: 'alice' }
    expect(await subjectOf(after, alice)).toBe(await subjectOf(before, alice))
    await expect(
      loadSubjectKey({ database: away, random, copies: memoryCopies() }),
    ).rejects.toMatchObject({ failure: 'unavailable', message: 'gone' })
    await database.close()
  })
})
