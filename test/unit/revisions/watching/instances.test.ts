import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { describeInstances } from '../instances-suite.ts'

describeInstances('SQLite', async () => openSqlite({ path: ':memory:' }))
