/** What becomes of a change of a policy that was not made: the one table from failures to problems. Pure. */
import type { ControlFailure } from '../../revisions/control/control.ts'
import { AdminProblem } from '../problem.ts'
import { changedSince } from './conditions.ts'

export function toControlProblem(failure: ControlFailure): AdminProblem {
  switch (failure.reason) {
    case 'not_found':
      return new AdminProblem('not_found', failure.message)
    case 'conflict':
      return new AdminProblem('conflict', failure.message)
    case 'stale':
      return changedSince(failure.current)
    case 'rejected':
      return new AdminProblem(
        'revision_rejected',
        'Mend the revision as the problems say, and sign it again: nothing was changed',
        { members: { problems: failure.problems, rejection: failure.id } },
      )
  }
}
