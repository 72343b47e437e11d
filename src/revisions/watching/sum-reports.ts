/** Adds up what all instances have counted: of one rollout, and of one bundle. Pure. */
import {
  type BundleTally,
  type InstanceReport,
  NO_REQUESTS,
  NO_REVIEWS,
  type RolloutTally,
} from './instance-report.ts'

/** Both sides of the rollout that a version of a policy's state began. */
export function sumRollout(
  reports: readonly InstanceReport[],
  policy: string,
  version: number,
): RolloutTally {
  const tallies = reports
    .flatMap(({ rollouts }) => rollouts)
    .filter((tally) => tally.policy === policy && tally.version === version)
  return {
    policy,
    version,
    active: sum(
      NO_REQUESTS,
      tallies.map(({ active }) => active),
    ),
    candidate: sum(
      NO_REQUESTS,
      tallies.map(({ candidate }) => candidate),
    ),
    reviews: sum(
      NO_REVIEWS,
      tallies.map(({ reviews }) => reviews),
    ),
  }
}

/** How often the sections of a bundle fired. */
export function sumBundle(
  reports: readonly InstanceReport[],
  policy: string,
  digest: string,
): BundleTally {
  const tallies = reports
    .flatMap(({ bundles }) => bundles)
    .filter((tally) => tally.policy === policy && tally.digest === digest)
  const requests = tallies.reduce((all, tally) => all + tally.requests, 0)
  const ids = new Set(tallies.flatMap(({ fired }) => Object.keys(fired)))
  const fired = Object.fromEntries(
    [...ids].map((id) => [id, tallies.reduce((all, tally) => all + (tally.fired[id] ?? 0), 0)]),
  )
  return { policy, digest, requests, fired }
}

function sum<Counts extends Readonly<Record<string, number>>>(
  none: Counts,
  all: readonly Counts[],
): Counts {
  const totals = Object.keys(none).map((name) => [
    name,
    all.reduce((total, counts) => total + (counts[name] ?? 0), 0),
  ])
  return Object.fromEntries(totals)
}
