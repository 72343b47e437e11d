/**
 * The filter cascade on this machine, over transcripts from wherever they come, into files. I/O through the ports, and on disk for
 * what is remembered meanwhile.
 */
import { hash } from 'node:crypto'
import { createCascade } from '../../harvest/export/cascade.ts'
import {
  createContaminationScan,
  type KnownTexts,
} from '../../harvest/export/examples/contamination.ts'
import { severitiesOf } from '../../harvest/export/examples/known-policies.ts'
import { type Increment, toldWith } from '../../harvest/export/increment/increment.ts'
import { Tombstones } from '../../harvest/export/increment/touched.ts'
import { openExportIndex } from '../../harvest/export/passes/export-index.node.ts'
import { type KeptRows, runExport } from '../../harvest/export/run-export.ts'
import type { ExportEnd } from '../../harvest/export/serving/stream-writers.ts'
import type { TranscriptSource } from '../../harvest/export/source.ts'
import { QUARANTINE_REASONS } from '../../harvest/stages/drop-reasons.ts'
import { startProgress } from '../shell/progress.node.ts'
import type { ExportRunOptions } from './export-run.node.ts'
import type { ExportSettings } from './harvest-export-settings.node.ts'
import { readEvaluations } from './read-evaluations.node.ts'

export type CascadePorts = {
  readonly source: TranscriptSource
  readonly known: KnownTexts
  /** Null where nobody knows how many. */
  readonly count: () => Promise<number | null>
  readonly increment: Increment
  /** What earlier exports gave. */
  readonly given: () => AsyncIterable<Uint8Array>
  /** Told of each example that is kept. */
  readonly onKept?: (kept: KeptRows) => void
}

export async function runCascade(
  { options: { cascade, splits }, evaluations, arguments: told }: ExportSettings,
  { format, files, scratch, io }: ExportRunOptions,
  { source, known, count, increment, given, onKept }: CascadePorts,
): Promise<ExportEnd> {
  const index = await readEvaluations(evaluations)
  const severities = { ...severitiesOf(known.bundles), ...cascade.severities }
  const { examples, sets } = createCascade({ ...cascade, severities }, index)
  const transcripts = await count()
  const passes = sets.length > 0 ? 2 : 1
  const tombstones = new Tombstones(increment.touched)
  let kept = 0
  const progress = startProgress({
    stderr: io.stderr,
    columns: io.terminal?.stderr ? io.terminal.columns : null,
    total: transcripts === null ? null : transcripts * passes,
    before: 0,
    note: () => `${kept} kept`,
  })
  try {
    const figures = await runExport({
      source,
      sha256: (content) => hash('sha256', content),
      isContaminated: createContaminationScan(known),
      examples,
      sets,
      openIndex: () => openExportIndex(scratch),
      format,
      splits,
      write: (row, split) => files.write(row, split),
      onKept(example) {
        kept++
        tombstones.kept(example.row.id)
        onKept?.(example)
      },
      given,
      onDropped(id, reason) {
        tombstones.dropped(id, reason)
        if (QUARANTINE_REASONS.includes(reason)) files.setApart(id)
      },
      onStep: () => progress.step(),
      ...(io.signal && { stop: io.signal }),
    })
    const scanned = {
      policies: known.bundles.map(({ digest }) => digest),
      protocols: known.protocols.map(({ digest }) => digest),
    }
    const stages = [...examples, ...sets].map(({ name, version }) => ({ name, version }))
    for (const one of tombstones.all()) files.takeOut(one)
    return { arguments: told, stages, scanned, increment: toldWith(increment, tombstones), figures }
  } finally {
    progress.end()
  }
}
