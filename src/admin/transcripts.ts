/** `GET /admin/v1/transcripts/{id}`: one whole record, reasoning included, for those who may see its tenant. */
import type { Context } from 'hono'
import type { StoredTranscript } from '../transcript/store.ts'
import { type AdminEnvironment, seesTenant } from './authenticate-admin.ts'
import { AdminProblem } from './problem.ts'

export type TranscriptPorts = {
  readonly readTranscript: (id: string) => Promise<StoredTranscript | null>
}

const ID = /^tr_[0-9a-f]{32}$/

export function createTranscriptRoutes({ readTranscript }: TranscriptPorts) {
  return {
    async read(c: Context<AdminEnvironment>): Promise<Response> {
      const id = c.req.param('id') ?? ''
      const stored = ID.test(id) ? await readTranscript(id) : null
      if (!stored || !seesTenant(c.get('admin'), stored.row.tenant)) {
        throw new AdminProblem(404, 'No such transcript')
      }
      // Relays and callers without consent leave a row and no content.
      return c.json(stored.transcript ?? { ...stored.row, content: null })
    },
  }
}
