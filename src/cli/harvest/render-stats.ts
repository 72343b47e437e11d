/** What a harvest would find, as text for people, at most 80 columns where names allow it. Pure; figures and names alone. */
import type { HarvestStats } from '../../harvest/stats/stats.ts'
import type { StatCounts } from '../../harvest/stats/stats-lines.ts'
import type { GroupFigures } from '../../harvest/stats/stats-rows.ts'
import { printable } from '../../text/printable.ts'
import type { TerminalMarks } from '../shell/marks.ts'
import { shortDigest, tableOf } from '../shell/table.ts'

export function renderStats(stats: HarvestStats, marks: TerminalMarks): string {
  if (stats.transcripts === 0) return 'No transcripts\n'
  const parts = [
    overview(stats, marks),
    groups('policy', stats.digests, withShortDigest),
    groups('section', stats.sections, (name) => name),
    retrieval(stats),
    judging(stats),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

const NAME_WIDTH = 13

function overview(stats: HarvestStats, marks: TerminalMarks): string {
  const { transcripts, harvestable, contents, duplicates, tokens } = stats
  const total = tokens.prompt + tokens.completion
  const unreadable =
    contents.unreadable > 0
      ? `, ${marks.warning(`${figure(contents.unreadable)} unreadable (sealed ones need --key)`)}`
      : ''
  const lines: readonly (readonly [string, string])[] = [
    ['transcripts', `${figure(transcripts)}, ${figure(harvestable)} of them may be harvested`],
    [
      'contents',
      `${figure(contents.read)} read, ${figure(contents.missing)} never kept${unreadable}`,
    ],
    ['size', `${bytes(stats.contentBytes)} as stored`],
    [
      'tokens',
      `${figure(total)} drafting (${figure(tokens.reasoning)} reasoning), ${figure(tokens.judge)} judging`,
    ],
    ['outcomes', counts(stats.outcomes)],
    ['decisions', counts(stats.decisions)],
    ['consent', counts(stats.consent)],
    ['rights', counts(stats.rights)],
    ['modes', counts(stats.modes)],
    [
      'duplicates',
      `${figure(duplicates.exact)} exact, ${figure(duplicates.near)} near, of ${figure(duplicates.compared)} answers`,
    ],
  ]
  return `${lines.map(([name, text]) => `${marks.heading(name.padEnd(NAME_WIDTH))}${text}`).join('\n')}\n`
}

const GROUP_HEADINGS = ['all', 'redrafted', 'fallback', 'failed', 'refused', 'safe']

/** The weightiest first. */
function groups(
  heading: string,
  all: readonly GroupFigures[],
  nameOf: (name: string) => string,
): string {
  if (all.length === 0) return ''
  const rows = all
    .toSorted((a, b) => b.transcripts - a.transcripts)
    .map(({ name, transcripts, outcomes, decisions }) => [
      nameOf(name),
      figure(transcripts),
      share(outcomes.redrafted ?? 0, transcripts),
      share(outcomes.substituted ?? 0, transcripts),
      share(outcomes.failed ?? 0, transcripts),
      share(decisions.refuse ?? 0, transcripts),
      share(decisions.safe_complete ?? 0, transcripts),
    ])
  return tableOf([heading, ...GROUP_HEADINGS], rows)
}

function withShortDigest(name: string): string {
  const [policy = '', digest = ''] = name.split('@')
  return `${policy}@${shortDigest(digest)}`
}

function retrieval({ retrieval: found }: HarvestStats): string {
  if (found.drafts === 0) return ''
  const said = [
    `Retrieval: ${figure(found.drafts)} drafts, ${figure(found.citing)} cite`,
    `${share(found.grounded, found.citing)} of those only what stood before them`,
  ].join(', ')
  const missed = `A judge missed a section for ${figure(found.missing)} (${share(found.missing, found.drafts)})`
  const rows = found.sections.map(({ section, injected, cited, missed: named }) => [
    section,
    figure(injected),
    figure(cited),
    share(Math.min(cited, injected), injected),
    figure(named),
  ])
  const table = tableOf(['section', 'injected', 'cited', 'used', 'missed'], rows)
  return `${said}\n${missed}\n${table}`
}

function judging({ judging: found }: HarvestStats): string {
  if (found.verdicts + found.failures === 0) return ''
  const rows = (
    [
      ['answer and reasoning channels', found.channels],
      ['samples of one channel', found.samples],
      ['decision declared and read', found.decisions],
    ] as const
  ).map(([name, { compared, differ }]) => [
    name,
    figure(compared),
    figure(differ),
    share(differ, compared),
  ])
  const head = `Judge: ${figure(found.verdicts)} verdicts, ${figure(found.failures)} without one`
  return `${head}\n${tableOf(['disagreement between', 'compared', 'differ', 'share'], rows)}`
}

function counts(all: StatCounts): string {
  const entries = Object.entries(all).toSorted(([, a], [, b]) => b - a)
  return entries.map(([name, count]) => `${printable(name)} ${figure(count)}`).join(', ')
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`
}

function figure(value: number): string {
  return value.toLocaleString('en-GB')
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

function bytes(value: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3))
  return `${(value / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power] ?? ''}`
}
