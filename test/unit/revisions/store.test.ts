import { expect, it } from 'vitest'
import type { Database } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { streamCompression } from '../../../src/lib/compression.ts'
import { createRevisionStore } from '../../../src/revisions/store.ts'
import { describeRevisions } from './revisions-suite.ts'

const open = () => openSqlite({ path: ':memory:' })

describeRevisions('SQLite', async () => open())

it.each(['states', 'unserved'] as const)('%s walks no table from end to end', async (ask) => {
  const real = open()
  await migrate(real)
  const plans: string[] = []
  const explaining: Database = {
    ...real,
    async all(sql, params) {
      const plan = await real.all(`EXPLAIN QUERY PLAN ${sql}`, params)
      plans.push(...plan.map(({ detail }) => String(detail)))
      return real.all(sql, params)
    },
  }
  const audit = { commit: () => Promise.reject(new Error('Nothing is written')) } as never
  const compression = streamCompression
  await createRevisionStore({ database: explaining, audit, compression })[ask]()
  expect(plans).not.toEqual([])
  expect(plans.filter((step) => /^SCAN (?:policy_|[rns]\b)/.test(step))).toEqual([])
})
