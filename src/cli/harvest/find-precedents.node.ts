/**
 * Judged transcripts of a policy in this machine's database, as seeds for documents. Reads, and notes whom it has taken before
 * it gives them: documents grow out of what people wanted. Which ones they are is kept by the job that asks, so that the store
 * may grow meanwhile.
 */
import { createAuditLog } from '../../audit/audit-log.ts'
import { mayBePrecedent, precedentOf } from '../../jobs/documents/precedents.ts'
import { systemClock, systemRandom } from '../../lib/clock.ts'
import { sha256Hex } from '../../lib/digest.ts'
import type { Config } from '../../start/config.ts'
import type { TranscriptRow } from '../../transcript/record/row.ts'
import { createExportStore, wholeRow } from '../../transcript/store/exports.ts'
import type { TranscriptPlace } from '../../transcript/store/list.ts'
import { ANY_TRANSCRIPT } from '../policy/open-transcripts.node.ts'
import type { RowRedactor } from '../redactor/redactor-command.node.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import { type OpenSink, openSink } from './open-sink.node.ts'

export type Precedents = {
  readonly texts: readonly string[]
  /** Of the texts, in their order; null where there are none. */
  readonly digest: string | null
}

type Wanted = {
  readonly policy: string
  readonly count: number
  readonly redactor: RowRedactor
}

type Found = { readonly row: TranscriptRow; readonly text: string }

const PAGE = 200

/** The newest so many; content that is sealed is none for a machine without the key. */
export async function findPrecedents(config: Config, wanted: Wanted): Promise<Precedents> {
  await using stored = await openSink(config)
  const begun = systemClock.now()
  const found: Found[] = []
  for await (const one of precedentsIn(stored, wanted)) {
    found.push(one)
    if (found.length >= wanted.count) break
  }
  await wanted.redactor.finish()
  if (found.length === 0) return { texts: [], digest: null }
  const texts = found.map(({ text }) => text)
  const digest = await sha256Hex(texts.join('\n'))
  await note(stored, { begun, digest, policy: wanted.policy, rows: found.map(({ row }) => row) })
  return { texts, digest }
}

async function* precedentsIn(
  { store }: OpenSink,
  { policy, redactor }: Wanted,
): AsyncGenerator<Found> {
  let after: TranscriptPlace | null = null
  for (;;) {
    const rows: readonly TranscriptRow[] = await store.list(
      { ...ANY_TRANSCRIPT, policy },
      { after, limit: PAGE },
    )
    for (const row of rows.filter(mayBePrecedent)) {
      const transcript = (await store.read(row.id))?.transcript
      const text = transcript ? await precedentOf(transcript, (one) => redactor.redact(one)) : null
      if (text !== null) yield { row, text }
    }
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = { time: last.time, id: last.id }
  }
}

type Note = {
  readonly begun: number
  readonly digest: string
  readonly policy: string
  readonly rows: readonly TranscriptRow[]
}

async function note({ database }: OpenSink, { begun, digest, policy, rows }: Note): Promise<void> {
  const audit = createAuditLog({ database, clock: systemClock })
  const made = {
    id: `ex_${systemRandom.hex(16)}`,
    time: begun,
    actor: cliActor(),
    format: 'msm',
    filters: { policy },
    manifestDigest: digest,
  }
  const noted = await createExportStore({ database, audit }).record(made, rows.map(wholeRow))
  if (!noted.ok) throw new Error('Begin again: somebody among the precedents was deleted meanwhile')
}
