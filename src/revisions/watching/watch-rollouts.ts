/**
 * Halts a rollout that does much worse than what it is to replace:
 *
 * 1. read what every instance reports of itself (`heartbeat.ts`, `instances.ts`), and sum it up (`sum-reports.ts`);
 * 2. hold both sides to the guard rails (`guard-rails.ts`);
 * 3. halt it, with the reasons.
 *
 * I/O through the ports. It never rejects: a database out of reach is asked again at the next look. Of many instances that see
 * the same, one halts it and the others find the state changed.
 */
import { DatabaseError } from '../../database/database.ts'
import type { PolicyControl } from '../control/control.ts'
import type { PolicyState } from '../registry.ts'
import { type GuardReason, guardRollout, renderBreach } from './guard-rails.ts'
import type { InstanceReport } from './instance-report.ts'
import { guardOf, type ReadStatusPorts, readInstances, reportsOf } from './read-status.ts'
import { sumRollout } from './sum-reports.ts'

export type WatchPorts = ReadStatusPorts & {
  readonly halt: PolicyControl['halt']
  /** Called by the one instance that halted it, with each reason. */
  readonly onHalted: (policy: string, reason: GuardReason) => void
  /** Tells the operator of a defect. */
  readonly report: (error: unknown) => void
}

/** Looks once at every rollout that is under way. */
export type WatchRollouts = () => Promise<void>

/** Who halts, in the audit log. */
const ACTOR = 'gateway'

export function createWatchRollouts(ports: WatchPorts): WatchRollouts {
  return async function watchRollouts() {
    try {
      const states = await ports.states()
      const staged = states.filter(({ candidate, move }) => candidate !== null || move !== null)
      if (staged.length === 0) return
      const reports = reportsOf(await readInstances(ports))
      for (const state of staged) await watch(ports, state, reports)
    } catch (error) {
      if (!(error instanceof DatabaseError)) ports.report(error)
    }
  }
}

async function watch(
  { findBundle, halt, onHalted }: WatchPorts,
  { policy, version, activeDigest }: PolicyState,
  reports: readonly InstanceReport[],
): Promise<void> {
  const guard = guardOf(await findBundle(policy, activeDigest))
  const { breaches } = guardRollout(sumRollout(reports, policy, version), guard)
  if (breaches.length === 0) return
  const reason = breaches.map(renderBreach).join('; ')
  const halted = await halt({ policy, expected: version, reason }, ACTOR)
  if (halted.ok) for (const breach of breaches) onHalted(policy, breach.reason)
}
