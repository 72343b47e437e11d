/** Many values in one statement, whichever adapter runs it. Pure. */
import type { Database } from './database.ts'

/** One parameter for however many there are, as a JSON array: D1 takes a hundred at most. */
export function listed({ dialect }: Pick<Database, 'dialect'>): string {
  return dialect === 'postgres'
    ? 'SELECT jsonb_array_elements_text(CAST(? AS jsonb))'
    : 'SELECT value FROM json_each(?)'
}
