/** What rows are called: by their transcript, with the choice behind it where there may be several. Pure. */
import type { JsonObject } from '../../lib/json.ts'

/** As its column `id` says; every format has one. */
export function idOfRow({ id }: JsonObject): string {
  return typeof id === 'string' ? id : ''
}

/** The transcript that a row of this id is made of. */
export function transcriptOfRow(id: string): string {
  return id.split('#')[0] ?? id
}
