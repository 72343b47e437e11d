/** A stage that keeps examples as they are, or drops them, or a failed draft of theirs. Pure. */
import { fail, succeed } from '../../lib/result.ts'
import type { Example, ExampleCompletion } from '../example.ts'
import type { DropReason, ExampleStage, StageName } from '../stage.ts'

export type Filter = StageName & {
  /** Why the example is dropped, or null. */
  readonly faultOf: (example: Example) => DropReason | null
  /** For stages that look at drafts which were not released, too: false for one that no row may show. */
  readonly keepsDraft?: (draft: ExampleCompletion, example: Example) => boolean
}

export function createFilterStage({ name, version, faultOf, keepsDraft }: Filter): ExampleStage {
  return {
    name,
    version,
    apply(example) {
      const fault = faultOf(example)
      if (fault !== null) return fail(fault)
      if (!keepsDraft) return succeed(example)
      const rejected = example.rejected.filter((draft) => keepsDraft(draft, example))
      return succeed(rejected.length < example.rejected.length ? { ...example, rejected } : example)
    },
  }
}
