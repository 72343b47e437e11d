import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { describeRevisions } from './revisions-suite.ts'

describeRevisions('SQLite', async () => openSqlite({ path: ':memory:' }))
