/**
 * A backtest from the command line: stored transcripts looked at under two bundles, with progress, a state file and a report.
 * I/O: transcripts are read, review calls made, the state file written. Nothing is ever drafted, and no text is shown unasked.
 */
import { type Earlier, EarlierRuns } from '../../jobs/backtest/earlier.ts'
import { replay } from '../../jobs/backtest/replay.ts'
import { type RunEnd, runBacktest } from '../../jobs/backtest/run.ts'
import {
  type Listed,
  type Position,
  type ScanFilter,
  type ScanSource,
  scan,
  scanSample,
} from '../../jobs/backtest/scan.ts'
import { type BacktestHeader, type BacktestLine, backtestState } from '../../jobs/backtest/state.ts'
import { type BacktestFigures, createTally, type Tally } from '../../jobs/backtest/tally.ts'
import { openStateFile } from '../../jobs/runner/state-file.node.ts'
import { createWaiting } from '../../jobs/runner/waiting.node.ts'
import { systemClock } from '../../lib/clock.ts'
import type { Bundle, Protocol } from '../../policy/section.ts'
import { createCachedSelector } from '../../policy/select/cached-select.ts'
import type { Io } from '../shell/io.ts'
import { withProgress } from '../shell/with-progress.node.ts'
import type { BacktestReport } from './backtest-report.ts'
import type { OpenJudge } from './open-judge.node.ts'
import type { OpenTranscripts } from './open-transcripts.node.ts'

export type BacktestSettings = {
  readonly app: string | null
  readonly since: number | null
  readonly until: number | null
  readonly limit: number | null
  readonly sample: number | null
  readonly concurrency: number
  readonly examples: number
  readonly rejudge: boolean
  /** Null: finished transcripts are kept in memory alone. */
  readonly resume: string | null
}

export type BacktestOptions = {
  readonly from: Bundle
  readonly to: Bundle
  readonly protocol: Protocol
  readonly transcripts: OpenTranscripts
  readonly judge: OpenJudge | null
  readonly settings: BacktestSettings
  readonly io: Io
  readonly stop: AbortSignal
}

export type BacktestResult = { readonly end: RunEnd; readonly report: BacktestReport }

export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  const { from, to, protocol, transcripts, judge, settings, io, stop } = options
  const tally = createTally({ examples: settings.examples, judged: judge !== null })
  const kept = await openKept(options, tally)
  const { header, earlier } = kept
  const filter = { policy: to.id, since: header.since, until: header.until, app: header.app }
  const selector = createCachedSelector()
  selector.warm(from)
  selector.warm(to)
  const contest = { from, to, protocol, rejudge: settings.rejudge }
  // What is under way when the work is stopped was paid for: it is finished, and bounded by the judge's own deadline.
  const { signal } = new AbortController()
  const total = least([await transcripts.count(filter), header.limit, header.sample])
  const note = () => renderFigures(tally.read())
  try {
    const end = await withProgress({ io, total, before: earlier.finished, note }, (step) =>
      runBacktest(
        {
          ...createWaiting(),
          read: (id) => transcripts.read(id),
          replay: (logged) =>
            replay({ selector, judge: judge?.ports ?? null }, logged, contest, signal),
          keep(line) {
            kept.append(line)
            tally.add(line.finished)
            step()
          },
        },
        {
          items: itemsOf(transcripts, filter, { sample: header.sample, after: earlier.upTo }),
          limit: header.limit,
          concurrency: settings.concurrency,
          earlier,
          stop,
        },
      ),
    )
    const name = ({ id, digest, revision }: Bundle) => ({ id, digest, revision })
    return { end, report: { from: name(from), to: name(to), ...tally.read() } }
  } finally {
    kept.close()
  }
}

function itemsOf(
  transcripts: ScanSource,
  filter: ScanFilter,
  { sample, after }: { readonly sample: number | null; readonly after: Position | null },
): AsyncIterable<Listed> {
  if (sample === null) return scan(transcripts, filter, after)
  return scanSample(transcripts, filter, { size: sample, after })
}

/** What a backtest keeps: in a file, or for as long as it runs. */
type Kept = {
  readonly header: BacktestHeader
  readonly earlier: Earlier
  append(line: BacktestLine): void
  close(): void
}

async function openKept(options: BacktestOptions, tally: Tally): Promise<Kept> {
  const { resume, until } = options.settings
  const begin = () => headerOf(options, until ?? systemClock.now())
  const earlier = new EarlierRuns()
  if (resume === null) {
    return { header: begin(), earlier: earlier.read(), append() {}, close() {} }
  }
  const file = await openStateFile({
    path: resume,
    format: backtestState,
    begin,
    // Whoever names no end means the moment when the backtest began.
    goOn: (there) => headerOf(options, until ?? there.until),
    onLine(line) {
      earlier.add(line)
      tally.add(line.finished)
    },
    advice: 'Name another file with --resume, or remove this one',
  })
  return {
    header: file.header,
    earlier: earlier.read(),
    append: (line) => void file.append(line),
    close: () => file.close(),
  }
}

function headerOf(
  { from, to, protocol, judge, settings }: BacktestOptions,
  until: number,
): BacktestHeader {
  const { app, since, limit, sample, rejudge } = settings
  return {
    backtest: 1,
    policy: to.id,
    from: from.digest,
    to: to.digest,
    protocol: protocol.digest,
    judge: judge && { provider: judge.provider, model: judge.model },
    rejudge,
    app,
    since,
    until,
    limit,
    sample,
  }
}

function least(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function renderFigures({ selection, judging }: BacktestFigures): string {
  const selected = `${selection.changed} select otherwise`
  if (!judging) return selected
  const { from, to } = judging.failures
  const failures = [from, to].flatMap((counts) => Object.values(counts))
  const failed = failures.reduce((total, count) => total + count, 0)
  const decided = `${judging.nowFails + judging.nowPasses} decide otherwise`
  return [selected, decided, ...(failed > 0 ? [`${failed} without a verdict`] : [])].join(', ')
}
