/**
 * Stored transcripts through the admin surface: rows, how many there are, and whole ones. I/O through the client. What is sealed
 * comes sealed and is opened in this process: the private key goes nowhere.
 */
import type * as z from 'zod'
import {
  transcriptCountSchema,
  transcriptPageSchema,
  transcriptSchema,
} from '../../admin/transcripts/transcripts.ts'
import type { StoredLabel } from '../../transcript/record/label.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { Open } from '../../transcript/seal/open.ts'
import type { TranscriptFilter, TranscriptPage } from '../../transcript/store/list.ts'
import type { AdminClient } from '../shell/admin-client.ts'
import { readAnswer } from '../shell/read-answer.ts'
import { unseal } from '../shell/unseal.node.ts'

/** What a command may ask for; all of it where nothing is said. */
export type AskedTranscripts = Partial<
  Pick<TranscriptFilter, 'policy' | 'app' | 'from' | 'to' | 'label'>
>

/** A row as it is told: where its content lies is not. */
export type ListedTranscript = z.output<typeof transcriptPageSchema>['transcripts'][number]

/** A page of them, the newest first. */
export async function listTranscripts(
  client: AdminClient,
  asked: AskedTranscripts,
  { after, limit }: TranscriptPage,
): Promise<readonly ListedTranscript[]> {
  const cursor = after === null ? '' : `&cursor=${after.time}.${after.id}`
  const path = `/transcripts?${queryOf(asked)}&limit=${limit}${cursor}`
  return readAnswer(transcriptPageSchema, (await client.ask({ path })).value).transcripts
}

const PAGE = 200

/** All of them, the newest first. */
export async function* allTranscripts(
  client: AdminClient,
  asked: AskedTranscripts,
): AsyncGenerator<ListedTranscript> {
  for (let after: TranscriptPage['after'] = null; ; ) {
    const page: readonly ListedTranscript[] = await listTranscripts(client, asked, {
      after,
      limit: PAGE,
    })
    yield* page
    after = page.at(-1) ?? null
    if (page.length < PAGE) return
  }
}

/** Null where a gateway of another version does not tell. */
export async function countTranscripts(
  client: AdminClient,
  asked: AskedTranscripts,
): Promise<number | null> {
  const path = `/transcripts/count?${queryOf(asked)}`
  const answered = await client.ask({ path }, ['not_found'])
  return answered.ok ? readAnswer(transcriptCountSchema, answered.value).transcripts : null
}

/** A whole one as it is stored. */
export type FetchedTranscript = {
  readonly id: string
  /** Null where it is sealed, and where there is no content that can be read. */
  readonly transcript: Transcript | null
  readonly sealed: string | null
  /** Their texts may be sealed, too. */
  readonly labels: readonly StoredLabel[]
}

/** Null where it is not there. Where a person is shown its reasoning, the audit log is told. */
export async function readTranscript(
  client: AdminClient,
  id: string,
  showsReasoning = false,
): Promise<FetchedTranscript | null> {
  const query = showsReasoning ? '?reasoning=shown' : ''
  const path = `/transcripts/${encodeURIComponent(id)}${query}`
  const answered = await client.ask({ path }, ['not_found'])
  if (!answered.ok) return null
  const read = readAnswer(transcriptSchema, answered.value)
  // The number is the store's, and no part of the record.
  const { labels, sealed = null, number: _number, ...record } = read
  // A row without content has no schema of its own.
  const isWhole = sealed === null && record.schema === 1
  return { id, labels, sealed, transcript: isWhole ? (record as unknown as Transcript) : null }
}

/** In the clear; null where there is no content, or it is damaged. @throws Error where the right key is missing. */
export async function openStored(
  { id, transcript, sealed }: FetchedTranscript,
  open: Open | null,
): Promise<Transcript | null> {
  return sealed === null ? transcript : unseal(open, { id, sealed })
}

function queryOf({ from = null, to = null, ...named }: AskedTranscripts): string {
  const told = Object.entries(named).filter((one): one is [string, string] => one[1] != null)
  return new URLSearchParams([
    ...told,
    ...(from === null ? [] : [['from', new Date(from).toISOString()]]),
    ...(to === null ? [] : [['to', new Date(to).toISOString()]]),
  ]).toString()
}
