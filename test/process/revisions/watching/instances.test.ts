import { describeOnPostgres } from '../../../fakes/on-postgres.ts'
import { describeInstances } from '../../../unit/revisions/instances-suite.ts'

describeOnPostgres(({ newDatabase }) => describeInstances('PostgreSQL', newDatabase))
