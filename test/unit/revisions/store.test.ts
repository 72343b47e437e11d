import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { describeOnPostgres } from '../../fakes/on-postgres.ts'
import { describeRevisions } from './revisions-suite.ts'

describeRevisions('SQLite', async () => openSqlite({ path: ':memory:' }))

describeOnPostgres(({ newDatabase }) => describeRevisions('PostgreSQL', newDatabase))
