/**
 * What a backtest found as text for a terminal. Pure. Ids, sections, classes and counts; no text of any exchange.
 * It says what was not measured as plainly as what was.
 */
import type { Counts } from '../../harvest/export/tally.ts'
import type { Examples } from '../../jobs/backtest/examples.ts'
import type { BacktestFigures } from '../../jobs/backtest/tally.ts'
import type { JudgingFigures } from '../../jobs/backtest/tally-judging.ts'
import type { BundleName } from '../../policy/compare/compare.ts'
import { renderBundleName } from '../../policy/compare/render-diff.ts'
import { tableOf } from '../shell/table.ts'

export type BacktestReport = BacktestFigures & {
  readonly from: BundleName
  readonly to: BundleName
}

export function renderReport(report: BacktestReport): string {
  const lines = [
    `Backtest of ${renderBundleName(report.from)} against ${renderBundleName(report.to)}`,
    `  ${report.replayed} transcripts replayed, ${renderSkipped(report.skipped)}`,
    '',
    ...renderSelection(report),
    '',
    ...(report.judging ? renderJudging(report.judging) : [NO_JUDGE]),
    '',
    renderLabels(report),
  ]
  return `${lines.join('\n')}\n`
}

const NO_JUDGE =
  'Decisions: not compared, because no judge was asked (JUDGE_BASE_URL or UPSTREAM_BASE_URL names one)'

function renderSkipped(skipped: Counts): string {
  const total = sum(skipped)
  return total === 0 ? 'none skipped' : `${total} skipped (${renderCounts(skipped)})`
}

function renderSelection({ replayed, selection }: BacktestReport): readonly string[] {
  const { changed, sections } = selection
  const moved = sections.filter(({ cameUp, left }) => cameUp.count + left.count > 0)
  return [
    `Selection: other sections in full for ${changed} of ${replayed} conversations (${percent(changed, replayed)})`,
    ...table(
      ['section', 'A', 'B', 'come up', 'leave'],
      moved.map(({ section, from, to, cameUp, left }) =>
        [section, from, to, cameUp.count, left.count].map(String),
      ),
    ),
    ...moved.flatMap(({ section, cameUp, left }) => [
      ...renderExamples(`${section} comes up`, cameUp),
      ...renderExamples(`${section} leaves`, left),
    ]),
  ]
}

function renderJudging(judging: JudgingFigures): readonly string[] {
  const { compared, failing, nowFails, nowPasses, otherGrounds, grounds } = judging
  const rate = (count: number) => `${count} (${percent(count, compared)})`
  return [
    `Decisions: ${compared} drafts with a verdict under both, ${judging.withoutDraft} without a draft that was judged`,
    `  would fail: A ${rate(failing.from)}, B ${rate(failing.to)}`,
    `  changed: ${nowFails} now fail, ${nowPasses} now pass, ${otherGrounds.count} fail by other sections`,
    ...table(
      ['fires by', 'A', 'B', 'now fails', 'now passes'],
      grounds.map((one) => [
        one.ground,
        rate(one.from),
        rate(one.to),
        String(one.nowFails.count),
        String(one.nowPasses.count),
      ]),
    ),
    ...grounds.flatMap(({ ground, nowFails, nowPasses }) => [
      ...renderExamples(`${ground} now fails`, nowFails),
      ...renderExamples(`${ground} now passes`, nowPasses),
    ]),
    ...renderExamples('other sections', otherGrounds),
    `  verdicts: ${renderCounts(judging.sources) || 'none'}`,
    ...renderFailures(judging),
    ...renderModels(judging),
  ]
}

function renderFailures({ failures }: JudgingFigures): readonly string[] {
  if (sum(failures.from) + sum(failures.to) === 0) return []
  const [from, to] = [renderCounts(failures.from), renderCounts(failures.to)]
  return [`  no verdict: under A ${from || 'none missing'}; under B ${to || 'none missing'}`]
}

/** A change of judge looks like a change of policy, and is none. */
function renderModels({ models }: JudgingFigures): readonly string[] {
  const [from, to] = [Object.keys(models.from).join(', '), Object.keys(models.to).join(', ')]
  if (from === to) return from === '' ? [] : [`  judged by ${from}`]
  return [
    `  judged by ${from || 'none'} under A and by ${to || 'none'} under B: a difference may be the judges' own; --rejudge asks one judge about both`,
  ]
}

function renderLabels({ labelled, replayed }: BacktestReport): string {
  const found =
    labelled === 0
      ? 'no transcript here has a human label'
      : `${labelled} of ${replayed} transcripts have human labels, which are not compared yet`
  return `These are rates of firing: ${found}, so no rate of false alarms or of misses is told`
}

function renderExamples(what: string, { count, ids }: Examples): readonly string[] {
  if (ids.length === 0) return []
  return [`  ${what}: ${ids.join(', ')}${count > ids.length ? ' …' : ''}`]
}

function renderCounts(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)
    .join(', ')
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

/** One decimal, and no figure where there is nothing to divide by. */
function percent(count: number, total: number): string {
  return total === 0 ? 'of none' : `${((100 * count) / total).toFixed(1)} %`
}

function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return []
  return tableOf(headings, rows)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
}
