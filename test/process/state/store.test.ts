import { describeOnPostgres } from '../../fakes/on-postgres.ts'
import { describeStateStore } from '../../unit/state/store-suite.ts'

describeOnPostgres(({ newDatabase }) => {
  describeStateStore('pg', () => newDatabase({ queryTimeoutMs: 20_000 }))
})
