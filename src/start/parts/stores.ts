/**
 * What is at rest in the database, a store for each kind of thing: for the gateway, and for every command that works on the
 * database itself. Nothing is read while they are made.
 */
import { type AdminStore, createAdminStore } from '../../access/admin-store.ts'
import { createKeyStore, type KeyStore } from '../../access/key-store.ts'
import { type AuditLog, createAuditLog } from '../../audit/audit-log.ts'
import type { RevisionStore } from '../../revisions/registry.ts'
import { createRevisionStore } from '../../revisions/store.ts'
import type { Packing } from '../../transcript/store/entry.ts'
import { createExportStore, type ExportStore } from '../../transcript/store/exports.ts'
import { createLabelStore, type LabelStore } from '../../transcript/store/labels.ts'
import { createTranscriptStore, type TranscriptStore } from '../../transcript/store/store.ts'
import type { Platform } from '../platform.ts'

export type Stores = {
  /** Every change, chained by hashes. */
  readonly audit: AuditLog
  /** The gateway's keys. */
  readonly keys: KeyStore
  /** People with tokens of their own. */
  readonly admins: AdminStore
  /** Signed policies, and which of them serve. */
  readonly revisions: RevisionStore
  readonly transcripts: TranscriptStore
  /** What people say of transcripts. */
  readonly labels: LabelStore
  /** Who took transcripts out. */
  readonly exports: ExportStore
}

export type StoresOptions = {
  readonly platform: Pick<Platform, 'database' | 'blobs' | 'compression' | 'clock' | 'random'> & {
    /** Null where nothing outlives the process. */
    readonly keyCopy: Platform['keyCopy'] | null
  }
  readonly packing: Packing
}

export function createStores({ platform, packing }: StoresOptions): Stores {
  const { database, blobs, compression, clock, random, keyCopy } = platform
  const audit = createAuditLog({ database, clock })
  return {
    audit,
    keys: createKeyStore({ database, audit, clock, random, copy: keyCopy }),
    admins: createAdminStore({ database, audit, clock, random }),
    revisions: createRevisionStore({ database, audit, compression }),
    transcripts: createTranscriptStore({ database, blobs, compression }),
    labels: createLabelStore({ database, audit, clock, random, packing }),
    exports: createExportStore({ database, audit }),
  }
}
