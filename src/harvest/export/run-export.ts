/**
 * An export from beginning to end: transcripts, examples, proofs, stages, rows. I/O through the ports. In two passes where a stage
 * needs all examples: the first remembers what they are like and, where there is a disk, their rows; the second writes what is
 * kept, or makes it anew. What it holds is one transcript, and what stages remember.
 */

import type { JsonObject } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Sha256 } from '../../transcript/record/received.ts'
import type { StoredRow } from '../../transcript/record/row.ts'
import { chatViewOf } from '../../wire/chat-view.ts'
import type { DatasetSplit, Example } from '../example.ts'
import type { Format } from '../formats/format.ts'
import type { DropReason, ExampleStage, SetStage, Trace } from '../stage.ts'
import { traceOf } from '../stages/trace.ts'
import type { IsContaminated } from './examples/contamination.ts'
import { proveExample, proveRequest } from './examples/context-hash.ts'
import { project } from './examples/project.ts'
import type { Splits } from './examples/split.ts'
import type { ExportIndex, IndexEntry } from './passes/export-index.ts'
import { packKept, unpackKept } from './passes/kept-example.ts'
import { runSetStages, type Verdicts } from './passes/run-set-stages.ts'
import type { SourceItem, TranscriptSource } from './source.ts'
import { type ExportFigures, ExportTally, type Tallied } from './tally.ts'

export type RunExportPorts = {
  readonly source: TranscriptSource
  readonly sha256: Sha256
  readonly isContaminated: IsContaminated
  readonly examples: readonly ExampleStage[]
  readonly sets: readonly SetStage[]
  /** Opened where there are set stages, and closed again. */
  readonly openIndex: () => ExportIndex
  readonly format: Format
  readonly splits: Splits
  readonly write: (row: JsonObject, split: DatasetSplit) => void | Promise<void>
  /** Waited for with all that will be kept, where there are set stages, before the first of their rows is written. */
  readonly onChosen?: (entries: Iterable<IndexEntry>) => Promise<void>
  /** Hears of each example that is kept, before its rows are written. */
  readonly onKept?: (kept: KeptRows) => void
  /** Hears of each example that is dropped: its id and why. */
  readonly onDropped?: (id: string, reason: DropReason) => void
  /** Hears of each transcript that was looked at, in each pass. */
  readonly onStep?: () => void
  readonly stop?: AbortSignal
  /** What earlier exports gave, as `packPrint` has packed it: no example that is near to one of them is kept. */
  readonly given?: () => AsyncIterable<Uint8Array>
}

/** What is written of an example. */
export type KeptRows = {
  /** Of the transcript. */
  readonly row: StoredRow
  readonly split: DatasetSplit
  readonly rows: readonly JsonObject[]
  /** What it was compared by, where it was compared at all. */
  readonly trace: Trace | null
}

/** @throws ReasoningFoundError, DatabaseError, and the signal's reason when stopped: what was written is then no export. */
export async function runExport(ports: RunExportPorts): Promise<ExportFigures> {
  const tally = new ExportTally()
  const drop: Drop = (id, reason) => {
    tally.addDropped(reason)
    ports.onDropped?.(id, reason)
  }
  const first = {
    wants: createFirstWants(ports, tally, drop),
    seen: () => tally.addExample(),
    drop,
  }
  if (ports.sets.length === 0) {
    await pass(ports, first, (made) => keep(ports, tally, made))
    return tally.read()
  }
  const index = ports.openIndex()
  try {
    await pass(ports, first, async ({ row, example, rows }) => {
      const { number, id, subject } = row
      const { choice, split } = example
      const trace = await traceOf(example, {
        order: index.size,
        answer: ports.format.name !== 'rl',
        sha256: ports.sha256,
      })
      index.rows?.put(trace.order, packKept(example, rows))
      index.add({ number, transcript: id, choice, subject, split, trace })
    })
    const verdicts = await runSetStages(ports.sets, index, ports.given)
    await ports.onChosen?.(chosen(index, verdicts))
    await writeKept(ports, tally, { index, verdicts, drop })
    return tally.read()
  } finally {
    index.close()
  }
}

function* chosen(index: ExportIndex, verdicts: Verdicts): Generator<IndexEntry> {
  for (const entry of index.entries()) {
    if (verdicts.of(entry.trace.order) === null) yield entry
  }
}

type Drop = (id: string, reason: DropReason) => void

type Take = (made: Staged & Pick<SourceItem, 'row'>) => Promise<void>

/** What a pass asks for, and whom it tells. */
type Pass = {
  readonly wants: (row: StoredRow) => boolean
  readonly seen: () => void
  readonly drop: Drop
}

/** Every example that comes through the stages which look at it alone. */
async function pass(ports: RunExportPorts, { wants, seen, drop }: Pass, take: Take): Promise<void> {
  for await (const item of ports.source.read(wants)) {
    ports.stop?.throwIfAborted()
    const made = await examplesOf(ports, item)
    if (!made.ok) drop(item.row.id, made.failure)
    for (const example of made.ok ? made.value : []) {
      seen()
      const staged = applyStages(ports, example)
      if (staged.ok) await take({ row: item.row, ...staged.value })
      else drop(`${item.row.id}#${example.choice}`, staged.failure)
    }
    ports.onStep?.()
  }
}

/** What a row tells already is not read for: callers who gave no consent, and content that was never kept. */
function createFirstWants({ onStep }: RunExportPorts, tally: ExportTally, drop: Drop) {
  return (row: StoredRow): boolean => {
    tally.addTranscript()
    if (row.consent === 'harvest' && row.contentKey !== null) return true
    drop(row.id, row.consent === 'harvest' ? 'content_missing' : 'consent_missing')
    onStep?.()
    return false
  }
}

async function examplesOf(
  { sha256, splits, format }: RunExportPorts,
  { row, transcript, labels }: SourceItem,
): Promise<Result<readonly Example[], DropReason>> {
  if (!transcript) return fail('content_unreadable')
  const fault = await proveRequest(transcript, sha256)
  if (fault) return fail(fault)
  const examples = project({ transcript, row, labels }, splits, {
    pairs: format.name === 'preference',
  })
  if (examples.length > 0) return succeed(examples)
  return fail(chatViewOf(transcript) ? 'not_answered' : 'prompt_partial')
}

type Staged = { readonly example: Example; readonly rows: readonly JsonObject[] }

function applyStages(ports: RunExportPorts, projected: Example): Result<Staged, DropReason> {
  const proved = proveExample(projected)
  if (!proved.ok) return proved
  if (ports.isContaminated(projected)) return fail('prompt_contaminated')
  let example = proved.value
  for (const stage of ports.examples) {
    const applied = stage.apply(example)
    if (!applied.ok) return applied
    example = applied.value
  }
  const rows = ports.format.rowsOf(example)
  return rows.ok ? succeed({ example, rows: rows.value }) : rows
}

/** An example that is kept: made just now, or in the first pass. */
type Keeping = {
  readonly row: StoredRow
  readonly example: Tallied
  readonly rows: readonly JsonObject[]
  readonly trace?: Trace
}

async function keep(
  { write, onKept }: RunExportPorts,
  tally: ExportTally,
  { row, example, rows, trace }: Keeping,
): Promise<void> {
  tally.addKept(example, rows.length)
  onKept?.({ row, split: example.split, rows, trace: trace ?? null })
  for (const one of rows) {
    const writing = write(one, example.split)
    if (writing) await writing
  }
}

type Remembered = {
  readonly index: ExportIndex
  readonly verdicts: Verdicts
  readonly drop: Drop
}

/** The second pass, beside the index: both are in the same order. What is gone by now is counted as such. */
async function writeKept(
  ports: RunExportPorts,
  tally: ExportTally,
  remembered: Remembered,
): Promise<void> {
  const { drop } = remembered
  const walk = createWalk(remembered)
  const { rows: packed } = remembered.index
  if (packed) {
    for await (const row of ports.source.rows()) {
      ports.stop?.throwIfAborted()
      if (row.contentKey !== null) {
        for (const { trace } of walk.to(row)) {
          await keep(ports, tally, { row, trace, ...unpackKept(packed.get(trace.order)) })
        }
      }
      ports.onStep?.()
    }
  } else {
    const wanted = new Set<string>()
    const wants = (row: StoredRow): boolean => {
      const entries = walk.to(row)
      for (const { trace } of entries) wanted.add(trace.id)
      return entries.length > 0
    }
    await pass(ports, { wants, seen: () => {}, drop: () => {} }, async (made) => {
      const { row, example } = made
      if (wanted.delete(`${row.id}#${example.choice}`)) await keep(ports, tally, made)
    })
    for (const id of wanted) drop(id, 'gone_meanwhile')
  }
  walk.end()
}

/** Goes along the index, and tells of what is dropped as it passes. */
function createWalk({ index, verdicts, drop }: Remembered) {
  const entries = index.entries()[Symbol.iterator]()
  let next = entries.next()
  /** Goes on to the first entry that is not `among`; gives those that are kept. */
  const advance = (among: (entry: IndexEntry) => boolean): readonly IndexEntry[] => {
    const kept: IndexEntry[] = []
    for (; !next.done && among(next.value); next = entries.next()) {
      const reason = verdicts.of(next.value.trace.order)
      if (reason === null) kept.push(next.value)
      else drop(next.value.trace.id, reason)
    }
    return kept
  }
  const leave = (gone: readonly IndexEntry[]) => {
    for (const { trace } of gone) drop(trace.id, 'gone_meanwhile')
  }
  return {
    /** What is kept of a row; rows come in the order of the index. */
    to({ number }: StoredRow): readonly IndexEntry[] {
      leave(advance((one) => one.number < number))
      return advance((one) => one.number === number)
    },
    end: () => leave(advance(() => true)),
  }
}
