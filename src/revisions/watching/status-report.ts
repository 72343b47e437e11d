/** What `GET /admin/v1/status` is made of: every instance, every policy, and how each rollout is doing. Types only. */
import type { PolicyStatus } from '../../policy/repository.ts'
import type { GuardSettings } from '../../policy/section.ts'
import type { UnservedState } from '../control/control.ts'
import type { PolicyState } from '../registry.ts'
import type { Breach, GuardVerdict } from './guard-rails.ts'
import type { ArmTally, ReviewTally } from './instance-report.ts'

export type InstanceStatus = {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly started: number
  readonly seen: number
  /** Milliseconds since it was seen. */
  readonly ageMs: number
  /** Null where this program cannot read what the instance wrote. */
  readonly program: string | null
  readonly policies: readonly PolicyStatus[]
}

export type ArmStatus = ArmTally & {
  /** Null before the first request. */
  readonly refusalRate: number | null
  readonly judgeFailureRate: number | null
  readonly failureRate: number | null
  readonly meanMs: number | null
}

export type RolloutStatus = {
  readonly active: ArmStatus
  readonly candidate: ArmStatus
  readonly reviews: ReviewTally & { readonly disagreement: number | null }
  /** The active revision's, which the candidate is held to. */
  readonly guard: GuardSettings
  readonly verdict: GuardVerdict['verdict']
  readonly reasons: readonly Breach[]
}

export type PolicyReport = {
  readonly id: string
  readonly state: PolicyState | UnservedState
  /** Requests served by the active bundle, over all instances of the last hour, since each of them started. */
  readonly requests: number
  /** How often each of its sections was injected in full; those that never were are here too. */
  readonly sections: readonly { readonly section: string; readonly fired: number }[]
  /** Null where no rollout is under way. */
  readonly rollout: RolloutStatus | null
}

export type StatusReport = {
  /** False while the database is out of reach: then only this instance is here, and no policy. */
  readonly complete: boolean
  readonly instances: readonly InstanceStatus[]
  readonly policies: readonly PolicyReport[]
}
