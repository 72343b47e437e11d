/**
 * The configured database with its stores on Node, for whoever works on it without serving from it. Does I/O. Nothing is kept
 * beside it: who needs the database anyway has no use for copies of it.
 */
import type { Copies } from '../../lib/copies.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import type { Packing } from '../../transcript/store/entry.ts'
import type { Config } from '../config.ts'
import { createPacking } from '../parts/packing.ts'
import { createStores, type Stores } from '../parts/stores.ts'
import type { Platform } from '../platform.ts'
import { type NodePorts, nodePorts } from './node-ports.node.ts'
import { openDatabase } from './open-database.node.ts'

export type OpenStores = AsyncDisposable & {
  readonly ports: NodePorts & Pick<Platform, 'database' | 'blobs'> & { readonly copies: Copies }
  readonly packing: Packing
  readonly stores: Stores
}

const NO_COPIES: Copies = {
  read: () => Promise.resolve(null),
  write: () => Promise.resolve(),
}

/** @throws Error that says what to mend. */
export async function openStores(config: Config): Promise<OpenStores> {
  const database = await openDatabase(config)
  try {
    const blobs = createDatabaseBlobs(database)
    const ports = { ...nodePorts(config), database, blobs, copies: NO_COPIES }
    const packing = await createPacking({ key: config.transcriptKey, platform: ports })
    return {
      ports,
      packing,
      stores: createStores({ platform: { ...ports, keyCopy: null }, packing }),
      [Symbol.asyncDispose]: () => database.close(),
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
