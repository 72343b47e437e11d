/**
 * The container: a configuration and a platform become everything the app needs, part by part, in the order in which they
 * lean on one another. Neutral: no Node, no Cloudflare. What lives longer than a request is made here, once per process or
 * isolate, and passed on; no part is handed more of the platform than it names.
 */
import type { AdminPorts } from '../admin/routes.ts'
import type { Readiness } from '../http/health.ts'
import { type BatchWork, type Done, runBatchItem } from '../jobs/batch/run-item.ts'
import type { Unfinished } from '../jobs/runner/run-job.ts'
import type { Random } from '../lib/clock.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Config } from './config.ts'
import { type Access, createAccess } from './parts/access.ts'
import { type Apps, createApps } from './parts/apps.ts'
import { type Custody, createCustody } from './parts/custody.ts'
import { createDesk } from './parts/desk.ts'
import { createDoors, type Doors } from './parts/doors.ts'
import { createHeart, type Heart } from './parts/heart.ts'
import { connectModels, mapModels } from './parts/models.ts'
import { createPacking } from './parts/packing.ts'
import { createPolicies, type Policies } from './parts/policies.ts'
import { createRecording, type Recording } from './parts/recording.ts'
import { createState, type State } from './parts/state.ts'
import { createStores, type Stores } from './parts/stores.ts'
import { createWatching, type Watching } from './parts/watching.ts'
import { BOUNDS, type Bounds, type Platform } from './platform.ts'

export type Container = {
  /** What is at rest: the audit log, keys, revisions, transcripts, labels, exports. */
  readonly stores: Stores
  /** What deliberates. */
  readonly heart: Heart
  /** What serves, and what people do with revisions. */
  readonly policies: Policies
  /** Where what is recorded of requests goes. */
  readonly recording: Recording
  /** What conversations carry from one turn to the next. */
  readonly state: State
  /** How long transcripts stay, and who is to be forgotten. */
  readonly custody: Custody
  /** Instances, candidates and rollouts. */
  readonly watching: Watching
  /** Who may ask, and how often. */
  readonly access: Access
  /** What answers apps. */
  readonly apps: Apps
  /** What the admin surface is made of. */
  readonly desk: AdminPorts
  /** What the routes are made of, out of the parts above. */
  readonly dependencies: Dependencies
  /** Deliberates a queued prompt. */
  readonly runBatchItem: (work: BatchWork) => Promise<Done | Unfinished>
}

/** What the routes are made of. */
export type Dependencies = Pick<Access, 'authenticate' | 'limitRate' | 'beginAttempt'> &
  Pick<Apps, 'guarded' | 'models' | 'countTokens' | 'relay' | 'responses'> &
  Doors & {
    readonly desk: AdminPorts
    readonly readiness: () => Readiness
    readonly metrics: Metrics
    readonly random: Random
    /** Keeps the platform from forgetting work that outlives its response. */
    readonly defer: Platform['defer']
    /** Tells the operator of a defect: names and places, never content. */
    readonly report: Platform['report']
  }

/** Makes everything. @throws Error that says what to mend, DatabaseError where there is nothing to serve. */
export async function createContainer(config: Config, platform: Platform): Promise<Container> {
  const bounds = boundsOf(config, platform)
  const { deadlineMs } = config
  const packing = await createPacking({ key: config.transcriptKey, platform })
  const stores = createStores({ platform, packing })
  const { transcripts, revisions, keys, admins } = stores
  const heart = createHeart({ config, platform, bounds, ...connectAll(config, platform, bounds) })
  const policies = createPolicies({ config, platform, revisions, heart })
  await policies.repository.open(platform.deferWork)
  const recording = await createRecording({ config, platform, packing, transcripts, bounds })
  const state = await createState({ config, platform })
  const { subjectKey } = recording
  const custody = createCustody({ platform, stores, policies: policies.repository, subjectKey })
  const candidateMs = Math.min(bounds.candidateMs, deadlineMs)
  const watching = createWatching({
    platform,
    policies,
    judgeAnswer: heart.judgeAnswer,
    candidateMs,
  })
  const access = createAccess({ config, platform, keys, admins })
  const apps = createApps({ config, platform, bounds, heart, policies, recording, state, watching })
  const desk = createDesk({ platform, stores, policies, custody, watching, access })
  const batching = {
    deliberate: heart.deliberate,
    store: transcripts,
    sink: recording.sink,
    subjectKey,
    upstream: recording.upstream,
    deadlineMs,
    clock: platform.clock,
  }
  return {
    stores,
    heart,
    policies,
    recording,
    state,
    custody,
    watching,
    access,
    apps,
    desk,
    dependencies: {
      ...dependenciesOf(platform, { access, apps, desk, policies }),
      ...createDoors({ config, platform, bounds }),
    },
    runBatchItem: (work) => runBatchItem(batching, work),
  }
}

/** Of what nobody waits for, no call is made twice, and each gives way to those that somebody waits for. */
function connectAll(config: Config, platform: Platform, bounds: Bounds) {
  const { givingWay } = platform
  const models = connectModels({ config, platform, bounds })
  const behind = connectModels({ config, platform, bounds: { ...bounds, maxRetries: 0 } })
  if (!givingWay) return { models, behind }
  return {
    models: mapModels(models, (model) => givingWay.first(model)),
    behind: mapModels(behind, (model) => givingWay.last(model)),
  }
}

/** No request may be larger than all may be together. */
function boundsOf(config: Config, platform: Platform): Bounds {
  const given = { ...BOUNDS, ...platform.bounds }
  const bytesInFlight = config.bytesInFlight ?? given.bytesInFlight
  return { ...given, bytesInFlight, maxBodyBytes: Math.min(given.maxBodyBytes, bytesInFlight) }
}

function dependenciesOf(
  { telemetry, random, spool, defer, report }: Platform,
  { access, apps, desk, policies }: Pick<Container, 'access' | 'apps' | 'desk' | 'policies'>,
): Omit<Dependencies, keyof Doors> {
  return {
    authenticate: access.authenticate,
    limitRate: access.limitRate,
    beginAttempt: access.beginAttempt,
    guarded: apps.guarded,
    models: apps.models,
    countTokens: apps.countTokens,
    relay: apps.relay,
    responses: apps.responses,
    desk,
    readiness: () => ({ policies: policies.repository.status(), spooled: spool?.waiting ?? 0 }),
    metrics: telemetry.metrics,
    random,
    defer,
    report,
  }
}
