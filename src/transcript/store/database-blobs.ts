/** Blobs in the same database as the index: content and row are one transaction. I/O through the SQL port. */
import type { Database } from '../../database/database.ts'
import { listed } from '../../database/listed.ts'
import type { Blobs } from './sink.ts'

const INSERT = 'INSERT INTO blobs (name, bytes)'
const KEEP = 'ON CONFLICT (name) DO NOTHING'

export function createDatabaseBlobs(database: Database): Blobs {
  return {
    put: (key, bytes, row) =>
      Promise.resolve([
        row === undefined
          ? { sql: `${INSERT} VALUES (?, ?) ${KEEP}`, params: [key, bytes] }
          : {
              sql: `${INSERT} SELECT ?, ? WHERE EXISTS (SELECT 1 FROM transcripts WHERE id = ?) ${KEEP}`,
              params: [key, bytes, row],
            },
      ]),
    async get(key) {
      const [row] = await database.all('SELECT bytes FROM blobs WHERE name = ?', [key])
      return row?.bytes instanceof Uint8Array ? row.bytes : null
    },
    delete: (...keys) =>
      Promise.resolve([
        {
          sql: `DELETE FROM blobs WHERE name IN (${listed(database)})`,
          params: [JSON.stringify(keys)],
        },
      ]),
  }
}
