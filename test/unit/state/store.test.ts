import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { describeStateStore } from './store-suite.ts'

describeStateStore('node:sqlite', async () => openSqlite({ path: ':memory:' }))
