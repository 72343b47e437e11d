/**
 * A backtest from the command line: stored transcripts looked at under two bundles, with progress, a resume file and a report.
 * I/O: transcripts are read, review calls made, the resume file written. Nothing is ever drafted, and no text is shown unasked.
 */
import { replay } from '../../jobs/backtest/replay.ts'
import type { ResumeHeader } from '../../jobs/backtest/resume.ts'
import { type RunEnd, runBacktest } from '../../jobs/backtest/run.ts'
import { scan, scanSample } from '../../jobs/backtest/scan.ts'
import { type BacktestFigures, createTally } from '../../jobs/backtest/tally.ts'
import type { Bundle, Protocol } from '../../policy/section.ts'
import { createCachedSelector } from '../../policy/select/cached-select.ts'
import type { Io } from '../shell/io.ts'
import { startProgress } from '../shell/progress.node.ts'
import { openResumeFile } from '../shell/resume-file.node.ts'
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
  const now = Date.now()
  const kept = await openKept(options, now, (finished) => tally.add(finished))
  const { until, since, app, limit, sample } = kept.header
  const filter = { policy: to.id, since, until, app }
  const { earlier } = kept
  const selector = createCachedSelector()
  selector.warm(from)
  selector.warm(to)
  const contest = { from, to, protocol, rejudge: settings.rejudge }
  const total = await transcripts.count(filter)
  const progress = startProgress({
    stderr: io.stderr,
    columns: io.terminal?.stderr ? io.terminal.columns : null,
    total: least([total, limit, sample]),
    before: earlier.finished,
    note: () => describeFigures(tally.read()),
  })
  // What is under way when the work is stopped was paid for: it is finished, and bounded by the judge's own deadline.
  const { signal } = new AbortController()
  try {
    const end = await runBacktest(
      {
        read: (id) => transcripts.read(id),
        replay: (logged) =>
          replay({ selector, judge: judge?.ports ?? null }, logged, contest, signal),
        keep(finished, at, upTo) {
          kept.append(finished, at, upTo)
          tally.add(finished)
          progress.step()
        },
      },
      {
        items:
          sample === null
            ? scan(transcripts, filter, earlier.upTo)
            : scanSample(transcripts, filter, { size: sample, after: earlier.upTo }),
        limit,
        concurrency: settings.concurrency,
        earlier,
        stop,
      },
    )
    const name = ({ id, digest, revision }: Bundle) => ({ id, digest, revision })
    return { end, report: { from: name(from), to: name(to), ...tally.read() } }
  } finally {
    progress.end()
    kept.close()
  }
}

async function openKept(
  { from, to, protocol, judge, settings }: BacktestOptions,
  now: number,
  onFinished: ReturnType<typeof createTally>['add'],
) {
  const { app, since, until, limit, sample, rejudge, resume } = settings
  const header: Omit<ResumeHeader, 'until'> & { readonly until: number | null } = {
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
  if (resume !== null) return openResumeFile({ path: resume, header, now, onFinished })
  return {
    header: { ...header, until: until ?? now },
    earlier: { finished: 0, upTo: null, beyond: new Set<string>() },
    append: () => {},
    close: () => {},
  }
}

function least(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function describeFigures({ selection, judging }: BacktestFigures): string {
  const selected = `${selection.changed} select otherwise`
  if (!judging) return selected
  const { from, to } = judging.failures
  const failures = [from, to].flatMap((counts) => Object.values(counts))
  const failed = failures.reduce((total, count) => total + count, 0)
  const decided = `${judging.nowFails + judging.nowPasses} decide otherwise`
  return [selected, decided, ...(failed > 0 ? [`${failed} without a verdict`] : [])].join(', ')
}
