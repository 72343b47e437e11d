/**
 * One instance's word to the others: what it serves and has counted, written when something changed and at least every
 * few seconds. I/O through the store. It never rejects, and what could not be written is written with the next beat.
 */
import type { Clock, Random } from '../../lib/clock.ts'
import type { PolicyStatus } from '../../policy/repository.ts'
import type { Instance, InstanceReport } from './instance-report.ts'
import type { InstanceStore } from './instances.ts'
import type { Observations } from './observations.ts'

export type HeartbeatPorts = {
  readonly store: InstanceStore
  readonly observations: Observations
  readonly status: () => readonly PolicyStatus[]
  /** The version of the program. */
  readonly program: string
  readonly clock: Clock
  readonly random: Random
}

export type Heartbeat = {
  /** This instance as it is now. */
  self(): Instance & { readonly report: InstanceReport }
  /** Writes if there is need. */
  beat(): Promise<void>
}

/** With nothing to tell, an instance still says that it lives. */
const AT_LEAST_MS = 5_000
/** So long a write may take before another one is tried: it may have been ended with the request that began it. */
const WRITE_MS = 5_000

export function createHeartbeat(ports: HeartbeatPorts): Heartbeat {
  const { store, observations, status, program, clock, random } = ports
  const id = `in_${random.hex(12)}`
  const started = clock.now()
  let written = { change: '', ms: Number.NEGATIVE_INFINITY }
  let writingUntilMs = Number.NEGATIVE_INFINITY

  const self = () => ({
    id,
    started,
    seen: clock.now(),
    report: { program, policies: [...status()], ...observations.report() },
  })

  return {
    self,
    async beat() {
      const instance = self()
      const change = changeOf(instance.report)
      const ms = clock.monotonic()
      if (ms < writingUntilMs || (change === written.change && ms - written.ms < AT_LEAST_MS))
        return
      writingUntilMs = ms + WRITE_MS
      try {
        await store.write(instance)
        written = { change, ms }
      } catch {
        // The database is out of reach, and others say so.
      } finally {
        writingUntilMs = Number.NEGATIVE_INFINITY
      }
    },
  }
}

/** All but the age, which changes always. */
function changeOf({ policies, rollouts, bundles }: InstanceReport): string {
  return JSON.stringify([policies.map(({ ageMs: _age, ...policy }) => policy), rollouts, bundles])
}
