/**
 * What a gateway on Node holds open: the database, its copies, the journal, connections, telemetry. Does I/O; opened once, and
 * closed once by whoever opened it.
 */
import { join } from 'node:path'
import { type KeyCopyFile, openKeyCopyFile } from '../../access/key-copy.ts'
import { openCopiesFolder } from '../../lib/copies-folder.node.ts'
import { createTelemetry, type Telemetry } from '../../telemetry/telemetry.ts'
import { openJournal } from '../../transcript/spool/journal.node.ts'
import type { DrainableSpool } from '../../transcript/store/sink.ts'
import type { Config } from '../config.ts'
import type { Platform } from '../platform.ts'
import { type OpenedDatabase, openDatabaseOrWait } from './open-database.node.ts'
import { type OpenUpstream, openUpstream } from './open-upstream.node.ts'

export type Resources = OpenedDatabase & {
  readonly copies: Platform['copies']
  readonly keyCopy: KeyCopyFile
  readonly spool: DrainableSpool
  readonly telemetry: Telemetry
  readonly upstream: OpenUpstream
}

/** @throws Error that says what to mend. */
export async function openResources(config: Config): Promise<Resources> {
  const opened = await openDatabaseOrWait(config)
  const copies = openCopiesFolder(join(config.dataDir, 'copies'))
  return {
    ...opened,
    copies,
    keyCopy: await openKeyCopyFile(copies),
    spool: openJournal({ path: join(config.dataDir, 'journal') }),
    telemetry: createTelemetry({ ...config.telemetry, fetch, every }),
    upstream: openUpstream(config),
  }
}

/** In the background, and no reason to stay. */
function every(ms: number, task: () => void): () => void {
  const timer = setInterval(task, ms)
  timer.unref()
  return () => clearInterval(timer)
}
