/**
 * A platform for a process that serves no app, over a database that is open: the desk of the command line. I/O through what it is
 * given. It takes no gateway's journal, keeps no copies beside a gateway's, holds no timer, and tells nobody of itself; golden
 * cases are tried with the configured models.
 */
import { createKeyCopies } from '../../access/key-copy.ts'
import type { Database } from '../../database/database.ts'
import { createTelemetry } from '../../telemetry/telemetry.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import type { Config } from '../config.ts'
import type { Platform } from '../platform.ts'
import { prepareLocalSigner } from './first-start.node.ts'
import { createInFlight } from './in-flight.ts'
import type { LoadedPolicies } from './load-policies.node.ts'
import { nodePorts } from './node-ports.node.ts'
import { NO_COPIES } from './open-stores.node.ts'
import { openUpstream } from './open-upstream.node.ts'

export type DeskPlatformOptions = {
  readonly config: Config
  /** Stays the caller's, who closes it behind the platform. */
  readonly database: Database
  readonly policies: LoadedPolicies
  readonly report: Platform['report']
}

export type DeskPlatform = {
  readonly platform: Platform
  /** Resolves when nothing of it is under way any more. */
  close(): Promise<void>
}

/** Makes the key that signs policies where nobody is named who may, as a first start of the gateway does. */
export async function openDeskPlatform(options: DeskPlatformOptions): Promise<DeskPlatform> {
  const { config, database, policies, report } = options
  const upstream = openUpstream(config)
  const inFlight = createInFlight()
  const signer = config.signers ? null : await prepareLocalSigner(config.dataDir)
  return {
    platform: {
      ...nodePorts(config),
      ...upstream.ports,
      database,
      blobs: createDatabaseBlobs(database),
      copies: NO_COPIES,
      keyCopy: createKeyCopies(NO_COPIES),
      spool: null,
      telemetry: createTelemetry({ ...config.telemetry, endpoint: null, fetch }),
      protocol: policies.protocol,
      builtIn: policies.bundles,
      localAdmin: null,
      localSigners: signer?.keys ?? null,
      defer: (_c, work) => inFlight.add(work),
      deferWork: (work) => inFlight.add(work),
      // Only apps bring such work, and there is none.
      enqueueShadow: () => {},
      enqueueCandidate: () => {},
      serves: false,
      leaving: null,
      watchBodies: true,
      rows: 'behind requests',
      // What serves is for the gateway to say.
      notify: () => {},
      report,
    },
    async close() {
      await inFlight.ended()
      await upstream.close()
    },
  }
}
