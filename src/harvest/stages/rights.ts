/** Step 11, training rights: what the upstream's makers allow to be trained on. Pure; whatever is not known is not allowed. */
import type { ExampleStage } from '../stage.ts'
import { createFilterStage } from './filter-stage.ts'

/** `internal`: what is made is for internal training. */
export function createRightsStage({ internal }: { readonly internal: boolean }): ExampleStage {
  return createFilterStage({
    name: 'rights',
    version: 1,
    faultOf({ transcript }) {
      const rights = transcript.upstream.trainingRights
      if (rights === 'open' || (rights === 'internal' && internal)) return null
      return rights === 'internal' ? 'rights_internal' : 'rights_none'
    },
  })
}
