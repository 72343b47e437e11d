/** Step 12, consent: only what the caller allowed to be harvested, and no request that asked not to be stored. Pure. */
import type { Example } from '../example.ts'
import type { DropReason, ExampleStage } from '../stage.ts'
import { createFilterStage } from './filter-stage.ts'

export function createConsentStage(): ExampleStage {
  return createFilterStage({ name: 'consent', version: 1, faultOf: faultOf })
}

function faultOf({ transcript }: Example): DropReason | null {
  if (transcript.consent !== 'harvest') return 'consent_missing'
  return transcript.request?.store === false ? 'store_refused' : null
}
