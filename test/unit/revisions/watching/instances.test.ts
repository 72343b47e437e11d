import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { describeOnPostgres } from '../../../fakes/on-postgres.ts'
import { describeInstances } from '../instances-suite.ts'

describeInstances('SQLite', async () => openSqlite({ path: ':memory:' }))

describeOnPostgres(({ newDatabase }) => describeInstances('PostgreSQL', newDatabase))
