/** `GET /admin/v1/transcripts/{id}`: one whole record, reasoning included, for those who may see its tenant. */
import type { Context } from 'hono'
import type { Transcript } from '../transcript/record.ts'
import { type AdminEnvironment, seesTenant } from './authenticate-admin.ts'
import { AdminProblem } from './problem.ts'

export type TranscriptPorts = {
  readonly readTranscript: (id: string) => Promise<Transcript | null>
}

const ID = /^tr_[0-9a-f]{32}$/

export function createTranscriptRoutes({ readTranscript }: TranscriptPorts) {
  return {
    async read(c: Context<AdminEnvironment>): Promise<Response> {
      const id = c.req.param('id') ?? ''
      const transcript = ID.test(id) ? await readTranscript(id) : null
      if (!transcript || !seesTenant(c.get('admin'), transcript.tenant)) {
        throw new AdminProblem(404, 'No such transcript')
      }
      return c.json(transcript)
    },
  }
}
