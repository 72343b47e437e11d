/**
 * Transcripts with an overturned decision, for golden cases, out of the desk. It reads, and notes there what was made of them. The
 * private key opens what is sealed, and goes nowhere.
 */
import type { HumanLabel } from '../../transcript/record/label.ts'
import type { Consent, Transcript } from '../../transcript/record/record.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { allTranscripts, openStored, readTranscript } from '../desk/ask-transcripts.node.ts'
import type { AdminClient } from '../shell/admin-client.ts'
import { unsealLabels } from '../shell/unseal.node.ts'

export type Overturned = {
  readonly id: string
  readonly consent: Consent
  /** The content with its labels; null where there is none that can be read. */
  readonly read: () => Promise<{
    readonly transcript: Transcript
    readonly labels: readonly HumanLabel[]
  } | null>
}

export type GoldenNote = {
  readonly policy: string | null
  readonly digest: string
  /** When the first was read. */
  readonly begun: number
  readonly transcripts: readonly string[]
}

const LABEL = 'wrong_decision'

/** The newest first. */
export async function* allOverturned(
  client: AdminClient,
  policy: string | null,
  open: Open | null,
): AsyncGenerator<Overturned> {
  for await (const { id, consent } of allTranscripts(client, { policy, label: LABEL })) {
    yield { id, consent, read: () => readLabelled(client, id, open) }
  }
}

async function readLabelled(client: AdminClient, id: string, open: Open | null) {
  const stored = await readTranscript(client, id)
  const transcript = stored && (await openStored(stored, open))
  return transcript && { transcript, labels: await unsealLabels(stored.labels, open) }
}

/** As many as are taken in one note. */
const NOTED_AT_ONCE = 10_000

/** False where somebody in it was deleted meanwhile. */
export async function noteGolden(
  client: AdminClient,
  { policy, digest, begun, transcripts }: GoldenNote,
): Promise<boolean> {
  for (let at = 0; at < transcripts.length; at += NOTED_AT_ONCE) {
    const some = transcripts.slice(at, at + NOTED_AT_ONCE)
    const filters = { policy, label: LABEL }
    const body = { format: 'golden', filters, digest, begun, transcripts: some }
    const expected = ['conflict', 'not_found']
    const noted = await client.ask({ method: 'POST', path: '/exports', body }, expected)
    if (!noted.ok) return false
  }
  return true
}
