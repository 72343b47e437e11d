/** A stage that keeps examples as they are, or drops them. Pure. */
import { fail, succeed } from '../../lib/result.ts'
import type { Example } from '../example.ts'
import type { DropReason, ExampleStage, StageName } from '../stage.ts'

export type Filter = StageName & {
  /** Why the example is dropped, or null. */
  readonly faultOf: (example: Example) => DropReason | null
}

export function createFilterStage({ name, version, faultOf }: Filter): ExampleStage {
  return {
    name,
    version,
    apply(example) {
      const fault = faultOf(example)
      return fault === null ? succeed(example) : fail(fault)
    },
  }
}
