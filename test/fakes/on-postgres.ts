/**
 * Suites over PostgreSQL: one server for all tests of a suite, an empty database for each that asks. Skipped, with a line that says
 * so, where PostgreSQL is not installed.
 */
import { afterAll, beforeAll, describe } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { createPostgresDatabase, type PostgresOptions } from '../../src/database/postgres.node.ts'
import { findPostgres, type PostgresServer, startPostgres } from './postgres.ts'

export type OnPostgres = {
  /** Makes an empty database; the caller closes it. */
  readonly newDatabase: (options?: Partial<PostgresOptions>) => Promise<Database>
  /** Once the tests run. */
  readonly server: () => PostgresServer
}

export function describeOnPostgres(suite: (on: OnPostgres) => void): void {
  const isInstalled = findPostgres() !== null
  if (!isInstalled) process.stdout.write('skipped: PostgreSQL is not installed on this machine\n')
  describe.skipIf(!isInstalled)('on PostgreSQL', () => {
    let server: PostgresServer
    let count = 0
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server?.[Symbol.asyncDispose]())

    suite({
      async newDatabase(options = {}) {
        const name = `test_${++count}`
        await server.query(`CREATE DATABASE ${name}`)
        const url = new URL(server.url)
        url.pathname = `/${name}`
        return createPostgresDatabase({ url: url.href, ...options })
      },
      server: () => server,
    })
  })
}
