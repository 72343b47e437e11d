import { describeOnPostgres } from '../../fakes/on-postgres.ts'
import { describeRevisions } from '../../unit/revisions/revisions-suite.ts'

describeOnPostgres(({ newDatabase }) => describeRevisions('PostgreSQL', newDatabase))
