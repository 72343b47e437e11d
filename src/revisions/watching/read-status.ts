/**
 * Puts together how policies are doing on all instances. I/O through the ports.
 * With the database out of reach it tells what this instance knows by itself, and that this is not all.
 */
import { DatabaseError } from '../../database/database.ts'
import type { Clock } from '../../lib/clock.ts'
import { DEFAULT_GUARD } from '../../policy/defaults.ts'
import type { Bundle, GuardSettings } from '../../policy/section.ts'
import type { PolicyState } from '../registry.ts'
import { guardRollout } from './guard-rails.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { ArmTally, Instance, InstanceReport, RolloutTally } from './instance-report.ts'
import type { InstanceStore } from './instances.ts'
import type {
  ArmStatus,
  InstanceStatus,
  PolicyReport,
  RolloutStatus,
  StatusReport,
} from './status-report.ts'
import { sumBundle, sumRollout } from './sum-reports.ts'

export type ReadStatusPorts = {
  readonly store: InstanceStore
  /** Null where whoever asks serves nothing. */
  readonly heartbeat: Heartbeat | null
  /** The newest state of every policy. */
  readonly states: () => Promise<readonly PolicyState[]>
  readonly findBundle: (policy: string, digest: string) => Bundle | null | Promise<Bundle | null>
  readonly clock: Clock
}

export type ReadStatus = () => Promise<StatusReport>

export function createReadStatus(ports: ReadStatusPorts): ReadStatus {
  const { clock } = ports
  return async function readStatus() {
    try {
      const [instances, states] = await Promise.all([readInstances(ports), ports.states()])
      const reports = reportsOf(instances)
      const policies = states.map(async (state) => {
        const bundle = await ports.findBundle(state.policy, state.activeDigest)
        return reportPolicy(state, bundle, reports)
      })
      return {
        complete: true,
        instances: instances.map((instance) => statusOf(instance, clock.now())),
        policies: await Promise.all(policies),
      }
    } catch (error) {
      if (!(error instanceof DatabaseError) || !ports.heartbeat) throw error
      const self = statusOf(ports.heartbeat.self(), clock.now())
      return { complete: false, instances: [self], policies: [] }
    }
  }
}

/** All instances; this one as it is now and not as it last wrote. */
export async function readInstances(
  ports: Pick<ReadStatusPorts, 'store' | 'heartbeat' | 'clock'>,
): Promise<readonly Instance[]> {
  const { store, heartbeat, clock } = ports
  const stored = await store.read(clock.now())
  if (!heartbeat) return stored
  const self = heartbeat.self()
  return [...stored.filter(({ id }) => id !== self.id), self]
}

export function reportsOf(instances: readonly Instance[]): readonly InstanceReport[] {
  return instances.flatMap(({ report }) => (report ? [report] : []))
}

/** What a rollout is held to. */
export function guardOf(active: Bundle | null): GuardSettings {
  return active?.rollout?.guard ?? DEFAULT_GUARD
}

function statusOf({ id, started, seen, report }: Instance, now: number): InstanceStatus {
  const ageMs = Math.max(0, now - seen)
  const { program = null, policies = [] } = report ?? {}
  return { id, started, seen, ageMs, program, policies }
}

function reportPolicy(
  state: PolicyState,
  active: Bundle | null,
  reports: readonly InstanceReport[],
): PolicyReport {
  const { policy, version, activeDigest, candidate, move } = state
  const { requests, fired } = sumBundle(reports, policy, activeDigest)
  const sections = (active?.sections ?? []).map(({ id }) => ({
    section: id,
    fired: fired[id] ?? 0,
  }))
  const rollout =
    candidate === null && move === null
      ? null
      : reportRollout(sumRollout(reports, policy, version), guardOf(active))
  return { id: policy, state, requests, sections, rollout }
}

function reportRollout(tally: RolloutTally, guard: GuardSettings): RolloutStatus {
  const { verdict, breaches } = guardRollout(tally, guard)
  const { disagreements, compared } = tally.reviews
  return {
    active: armStatus(tally.active),
    candidate: armStatus(tally.candidate),
    reviews: { ...tally.reviews, disagreement: share(disagreements, compared) },
    guard,
    verdict,
    reasons: breaches,
  }
}

function armStatus(arm: ArmTally): ArmStatus {
  const { requests } = arm
  return {
    ...arm,
    refusalRate: share(arm.refused, requests),
    judgeFailureRate: share(arm.judgeFailures, requests),
    failureRate: share(arm.failed, requests),
    meanMs: share(arm.totalMs, requests),
  }
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
