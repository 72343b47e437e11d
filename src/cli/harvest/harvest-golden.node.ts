/**
 * `chambers harvest golden --out FILE`: overturned decisions as golden cases for a policy's tests. I/O: reads transcripts and
 * labels at the desk, notes the export there, writes the file. Nothing half is ever in its place.
 */
import { createHash } from 'node:crypto'
import { type GoldenSkip, goldenCaseOf } from '../../harvest/golden.ts'
import { systemClock } from '../../lib/clock.ts'
import type { JsonObject } from '../../lib/json.ts'
import { fail, type Result } from '../../lib/result.ts'
import type { GoldenCase } from '../../policy/write/authored.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { openDesk } from '../desk/open-desk.node.ts'
import { sayUnknown } from '../desk/say-unknown.ts'
import { openRedactor, type RowRedactor } from '../redactor/redactor-command.node.ts'
import { REDACTOR_OPTION } from '../redactor/redactor-option.ts'
import type { AdminClient } from '../shell/admin-client.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import type { Io } from '../shell/io.ts'
import { filePlace } from '../shell/place.node.ts'
import { readTranscriptKeys, TRANSCRIPT_KEY_OPTION } from '../shell/transcript-key-file.node.ts'
import { openWholeFile } from '../shell/whole-file.node.ts'
import { allOverturned, noteGolden, type Overturned } from './overturned.node.ts'

type Settings = {
  readonly open: Open | null
  readonly policy: string | null
  readonly out: string
  /** With what may be kept for audits alone, too. */
  readonly audit: boolean
  readonly redactor: RowRedactor
}

type Skip = GoldenSkip | 'no_consent' | 'no_content'

type Figures = { readonly cases: number; readonly skipped: Readonly<Record<string, number>> }

export const harvestGolden = declareCommand({
  options: {
    ...CONNECTION,
    ...TRANSCRIPT_KEY_OPTION,
    ...REDACTOR_OPTION,
    out: {
      takes: 'FILE',
      says: 'The file for the cases',
      required: 'Name the file: chambers harvest golden --out FILE',
      read: filePlace('expect'),
    },
    policy: { takes: 'ID', says: 'Decisions under this policy alone', otherwise: 'all' },
    'include-audit': { says: 'With what is kept for audits alone, too' },
  },
  async run({ values }, io) {
    const { policy = null, out } = values
    const open = await readTranscriptKeys(values.key)
    await using desk = await openDesk({ ...values, environment: io.environment })
    await using redactor = await openRedactor(values.redactor)
    const audit = values['include-audit'] ?? false
    const figures = await writeCases(desk.client, { policy, out, audit, open, redactor })
    printFigures(figures, out, io)
    if (figures.cases > 0) return 0
    io.stderr(await sayUnknown(desk.client, { policy }))
    return 1
  },
})

function printFigures({ cases, skipped }: Figures, out: string, io: Io): void {
  if (io.json) {
    io.stdout(`${JSON.stringify({ cases, skipped })}\n`)
    return
  }
  io.stdout(
    cases === 0
      ? 'No case to write: no decision was overturned, or none may be used\n'
      : `Wrote ${cases} cases to ${out}\n`,
  )
  const left = Object.entries(skipped).map(([reason, count]) => `${count} ${reason}`)
  if (left.length > 0) io.stderr(`Left out: ${left.join(', ')}\n`)
}

async function writeCases(client: AdminClient, settings: Settings): Promise<Figures> {
  const { policy, out, open, redactor } = settings
  const file = openWholeFile(out)
  try {
    const begun = systemClock.now()
    const skipped: Record<string, number> = {}
    const transcripts: string[] = []
    const hash = createHash('sha256')
    for await (const one of allOverturned(client, policy, open)) {
      const made = await caseOf(one, settings)
      if (!made.ok) {
        skipped[made.failure] = (skipped[made.failure] ?? 0) + 1
        continue
      }
      const line = `${JSON.stringify(await redactor.redact(made.value as JsonObject))}\n`
      file.write(line)
      hash.update(line)
      transcripts.push(one.id)
    }
    await redactor.finish()
    if (transcripts.length === 0) {
      file.abandon()
      return { cases: 0, skipped }
    }
    const note = { policy, digest: hash.digest('hex'), begun, transcripts }
    const noted = await noteGolden(client, note)
    if (!noted) throw new Error('Write the cases again: somebody in them was deleted meanwhile')
    file.finish()
    return { cases: transcripts.length, skipped }
  } catch (error) {
    file.abandon()
    throw error
  }
}

async function caseOf(
  { consent, read }: Overturned,
  { audit }: Settings,
): Promise<Result<GoldenCase, Skip>> {
  if (consent !== 'harvest' && !audit) return fail('no_consent')
  const content = await read()
  return content ? goldenCaseOf(content.transcript, content.labels) : fail('no_content')
}
