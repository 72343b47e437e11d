/** Blobs in the same database as the index: content and row are one transaction. I/O through the SQL port. */
import type { Database } from '../database/database.ts'
import type { Blobs } from './sink.ts'

export function createDatabaseBlobs(database: Database): Blobs {
  return {
    put: (key, bytes) =>
      Promise.resolve([
        {
          sql: 'INSERT INTO blobs (name, bytes) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
          params: [key, bytes],
        },
      ]),
    async get(key) {
      const [row] = await database.all('SELECT bytes FROM blobs WHERE name = ?', [key])
      return row?.bytes instanceof Uint8Array ? row.bytes : null
    },
    delete: (key) => Promise.resolve([{ sql: 'DELETE FROM blobs WHERE name = ?', params: [key] }]),
  }
}
