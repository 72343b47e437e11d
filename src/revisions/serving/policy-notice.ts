/** What an operator is told of the policies, once whenever it changes: closed words, ids and numbers, never content. Pure. */
import type { SourceProblem, Trust } from './proven.ts'

export type CopyProblem = SourceProblem | 'copy_missing' | 'copy_unreadable' | 'copies_unavailable'

export type PolicyNotice =
  /** The newest revision does not serve; of all policies where none is named. */
  | {
      readonly kind: 'cached'
      readonly policy: string | null
      readonly problem: SourceProblem
      /** False where no other one could be served in its place. */
      readonly served: boolean
    }
  /** It serves by what is remembered of its signers; `current` again is news, too. */
  | { readonly kind: 'signers'; readonly policy: string; readonly trust: Trust }
  | { readonly kind: 'live'; readonly policy: string | null }
  | { readonly kind: 'copy_refused'; readonly policy: string | null; readonly problem: CopyProblem }
  | { readonly kind: 'copy_served'; readonly ageMs: number }
  /** What serves could not be kept for a start without the database. */
  | { readonly kind: 'copy_failed' }

const TRUST: Readonly<Record<Trust, string>> = {
  current: 'its signers are known again',
  remembered: 'signers_unavailable; proved by the keys that were fetched last',
  retired:
    'signer_retired; it serves because it was proved before: activate one that the signers of today have signed',
}

/** One line for the log. */
export function renderNotice(notice: PolicyNotice): string {
  switch (notice.kind) {
    case 'cached': {
      const consequence = notice.served ? 'the last good one serves' : 'requests for it get 503'
      return `policy ${nameOf(notice)}: ${notice.problem}; ${consequence}`
    }
    case 'signers':
      return `policy ${notice.policy}: ${TRUST[notice.trust]}`
    case 'live':
      return `policy ${nameOf(notice)}: live again`
    case 'copy_refused': {
      const what = notice.policy === null ? 'the index of the copies' : `policy ${notice.policy}`
      return `local copy refused: ${what}: ${notice.problem}`
    }
    case 'copy_served': {
      const seconds = Math.round(notice.ageMs / 1_000)
      return `the database is out of reach: serving from the local copy, last confirmed ${seconds} s ago`
    }
    case 'copy_failed':
      return 'local copy not written: a start without the database would serve what was kept before'
  }
}

function nameOf({ policy }: { readonly policy: string | null }): string {
  return policy ?? '(all)'
}
