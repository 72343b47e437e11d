/**
 * The gateway on Node: what it holds open, its container, what goes on between requests, and its end. Does I/O; made once,
 * closed once. Everything that must be flushed or closed in order is closed here, in the order of one list.
 */
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseError } from '../../database/database.ts'
import { systemClock, systemRandom } from '../../lib/clock.ts'
import { GivingWay } from '../../model/giving-way.ts'
import type { Protocol } from '../../policy/section.ts'
import { runDrainLoop } from '../../transcript/spool/drain.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import type { Config } from '../config.ts'
import { type Container, createContainer } from '../container.ts'
import type { Bounds, Platform } from '../platform.ts'
import { type BehindAnswers, createBehindAnswers } from './behind-answers.node.ts'
import { type ClosingStep, closeInOrder } from './close-in-order.ts'
import { createInFlight, type InFlight } from './in-flight.ts'
import { type Freshness, keepFresh } from './keep-fresh.node.ts'
import { nodePorts } from './node-ports.node.ts'
import { openResources, type Resources } from './open-resources.node.ts'
import { type Repeating, repeat } from './repeat.node.ts'
import { bytesForRequests } from './request-memory.node.ts'

const FLUSH_ROWS_MS = 1_000
const FLUSH_KEYS_MS = 5_000
const PULSE_MS = 1_000
const EXPIRE_MS = 60_000
/** So long a call behind an answer waits for a moment without live ones. */
const PATIENCE_MS = 2_000

export type NodeGateway = {
  readonly container: Container
  /** Resolves when the database is back after a start without it; null after a start with it. */
  readonly reached: Promise<void> | null
  /** Ends background work in order: deliberations, rows, spool, telemetry, connections, database. */
  close(): Promise<void>
}

export type NodeGatewayOptions = {
  readonly config: Config
  readonly protocol: Protocol
  readonly localAdmin: Platform['localAdmin']
  readonly people: Platform['people']
  readonly builtIn: Platform['builtIn']
  readonly localSigners: Platform['localSigners']
  readonly notify: Platform['notify']
  readonly report: Platform['report']
  readonly bounds?: Partial<Bounds> | undefined
}

/** What the Node adapter gives every request, and nobody else. */
type NodeBindings = { readonly incoming?: IncomingMessage }

/** What ends with the gateway, besides its resources. */
type Going = {
  readonly inFlight: InFlight
  readonly behind: BehindAnswers
  readonly leaving: AbortController
}

export async function openNodeGateway(options: NodeGatewayOptions): Promise<NodeGateway> {
  const { config, report } = options
  const resources = await openResources(config)
  const going: Going = {
    inFlight: createInFlight(),
    behind: createBehindAnswers({
      concurrency: config.shadowConcurrency,
      bytesInFlight: config.bytesInFlight ?? bytesForRequests(),
      runShadow: (job) => container.apps.runShadow(job),
      dropShadow: (job) => going.inFlight.add(container.apps.dropShadow(job, 'busy')),
      runCandidate: (job) => container.watching.runCandidate(job),
      dropCandidate: (job) => container.watching.dropCandidate(job),
    }),
    leaving: new AbortController(),
  }
  const platform = platformOf(options, resources, going)
  const container: Container = await createContainer(config, platform).catch(async (error) => {
    await closeInOrder(lastSteps(resources), report).catch(() => {})
    const { away } = resources
    throw away && error instanceof DatabaseError ? cannotStart(away, config) : error
  })
  const loops = startLoops(options, resources, container)
  return {
    container,
    reached: resources.away && loops.freshness.reached,
    close: () => closeInOrder(endingOf({ resources, going, container, loops }), report),
  }
}

function platformOf(
  options: NodeGatewayOptions,
  { database, copies, keyCopy, spool, telemetry, upstream }: Resources,
  { inFlight, behind, leaving }: Going,
): Platform {
  const { config, protocol, localAdmin, people, builtIn, localSigners, notify, report, bounds } =
    options
  return {
    ...nodePorts(config),
    ...upstream.ports,
    database,
    blobs: createDatabaseBlobs(database),
    copies,
    keyCopy,
    spool,
    telemetry,
    protocol,
    builtIn,
    localAdmin,
    people,
    localSigners,
    addressOf: (c) => (c.env as NodeBindings).incoming?.socket.remoteAddress ?? null,
    defer: (_c, work) => inFlight.add(work),
    deferWork: (work) => inFlight.add(work),
    enqueueShadow: (_c, job) => behind.shadows.add(job),
    enqueueCandidate: (job) => behind.candidates.add(job),
    givingWay: new GivingWay({
      concurrency: config.shadowConcurrency,
      patienceMs: Math.min(PATIENCE_MS, config.deadlineMs / 20),
      clock: systemClock,
    }),
    leaving: leaving.signal,
    rows: 'by timer',
    notify,
    report,
    bounds: { bytesInFlight: bytesForRequests(), ...bounds },
  }
}

/** What goes on between requests. */
type Loops = {
  /** What serves is looked at again and again. */
  readonly freshness: Freshness
  /** The rows of relays are written. */
  readonly rows: Repeating
  /** What the database said of keys is kept beside it. */
  readonly keys: Repeating
  /** The other instances are told of this one. */
  readonly pulse: Repeating
  /** What is too old is removed. */
  readonly expiry: Repeating
  /** The journal is emptied into the store. */
  readonly drain: Repeating
}

function startLoops(
  { config, report }: NodeGatewayOptions,
  { keyCopy, spool, telemetry }: Resources,
  { policies, recording, watching, custody, stores }: Container,
): Loops {
  const ending = new AbortController()
  const draining = runDrainLoop({
    spool,
    store: stores.transcripts,
    metrics: telemetry.metrics,
    random: systemRandom,
    pause: (ms, signal) => pause(ms, undefined, { signal, ref: false }).catch(() => {}),
    signal: ending.signal,
    report: (error) => report(error, 'drain'),
  })
  return {
    freshness: keepFresh(config, policies.repository),
    rows: repeat(FLUSH_ROWS_MS, () => recording.rows.flush()),
    keys: repeat(FLUSH_KEYS_MS, () => keyCopy.flush()),
    pulse: repeat(PULSE_MS, () => watching.pulse()),
    expiry: repeat(EXPIRE_MS, () => custody.expire(Number.POSITIVE_INFINITY)),
    drain: {
      async stop() {
        ending.abort()
        await draining
      },
    },
  }
}

/** Nothing is closed before what writes into it has ended. */
function endingOf(all: {
  readonly resources: Resources
  readonly going: Going
  readonly container: Container
  readonly loops: Loops
}): readonly ClosingStep[] {
  const { resources, going, container, loops } = all
  const { inFlight, behind, leaving } = going
  return [
    { what: 'what nobody waits for', end: () => leaving.abort({ by: 'client' }) },
    { what: 'shadowed requests', end: () => behind.shadows.close() },
    { what: 'removal of what is too old', end: () => loops.expiry.stop() },
    { what: 'looks at policies', end: () => loops.freshness.close() },
    { what: 'work behind responses', end: () => inFlight.ended() },
    { what: 'candidates', end: () => behind.candidates.close() },
    { what: 'pulses', end: () => loops.pulse.stop() },
    { what: 'the last pulse', end: () => container.watching.pulse() },
    { what: 'writing of rows', end: () => loops.rows.stop() },
    { what: 'the last rows', end: () => container.recording.rows.flush() },
    { what: 'writing of keys', end: () => loops.keys.stop() },
    { what: 'the last keys', end: () => resources.keyCopy.flush() },
    { what: 'the drain', end: () => loops.drain.stop() },
    ...lastSteps(resources),
  ]
}

function lastSteps({ spool, telemetry, upstream, database }: Resources): readonly ClosingStep[] {
  return [
    { what: 'the journal', end: () => spool.close() },
    { what: 'telemetry', end: () => telemetry.shutdown() },
    { what: 'connections', end: () => upstream.close() },
    { what: 'the database', end: () => database.close() },
  ]
}

function cannotStart(away: DatabaseError, { dataDir }: Config): Error {
  const folder = join(dataDir, 'copies')
  const message = `Start the database, or restore ${folder}: ${away.message}, and no usable copy of what served before is there`
  return new Error(`Cannot start: ${message}`)
}
