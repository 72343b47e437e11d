/**
 * `chambers policy diff A B`: what two bundles of a policy say differently, and with `--transcripts` what they do differently.
 * Reads the disk, the gateway and its transcripts, and changes nothing. Exit code 0 whether they differ or not.
 */
import { comparePolicies } from '../../policy/compare/compare.ts'
import { renderDiff } from '../../policy/compare/render-diff.ts'
import type { Bundle } from '../../policy/section.ts'
import type { Config } from '../../start/config.ts'
import { loadPolicies } from '../../start/node/load-policies.node.ts'
import { openRedactor } from '../redactor/redactor-command.node.ts'
import { REDACTOR_OPTION } from '../redactor/redactor-option.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { configOf } from '../shell/config-of.ts'
import { declareCommand, type Options, type ValuesOf } from '../shell/declare-command.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { againCommand } from '../shell/next-command.ts'
import { newFilePlace } from '../shell/place.node.ts'
import { RANGE, requireRange } from '../shell/read-range.ts'
import { countUpTo } from '../shell/read-values.ts'
import { stopOnInterrupt } from '../shell/stop-on-interrupt.node.ts'
import { readTranscriptKeys, TRANSCRIPT_KEY_OPTION } from '../shell/transcript-key-file.node.ts'
import { type BacktestSettings, backtest } from './backtest.node.ts'
import { renderReport } from './backtest-report.ts'
import { BUNDLE_NAMES, findNamed, onlyStaged, readBundleAt } from './find-bundle.node.ts'
import { openControl } from './open-control.node.ts'
import { openJudge } from './open-judge.node.ts'
import { openTranscripts } from './open-transcripts.node.ts'
import { printExamples } from './print-examples.node.ts'
import { diffMarks } from './render-changes.ts'

const USAGE = `Name two bundles, each ${BUNDLE_NAMES}: chambers policy diff A B`

const DEFAULT_CONCURRENCY = 4
const DEFAULT_EXAMPLES = 3
const MOST_TRANSCRIPTS = 100_000_000

const OPTIONS = {
  policy: {
    takes: 'ID',
    says: 'The policy whose revisions are named',
    otherwise: 'that of the other bundle, else of the gateway',
  },
  ...CONNECTION,
  transcripts: { says: 'Compare what they do to stored transcripts, too; what follows needs it' },
  ...TRANSCRIPT_KEY_OPTION,
  ...RANGE,
  app: { takes: 'A', says: 'Transcripts of this app alone', otherwise: 'all' },
  limit: {
    takes: 'N',
    says: 'The newest so many',
    otherwise: 'all',
    read: countUpTo(MOST_TRANSCRIPTS),
  },
  sample: {
    takes: 'N',
    says: 'So many, spread over all',
    otherwise: 'all',
    read: countUpTo(MOST_TRANSCRIPTS),
  },
  concurrency: {
    takes: 'N',
    says: 'How many are judged at once',
    otherwise: String(DEFAULT_CONCURRENCY),
    // More at once would need more memory than it saves time.
    read: countUpTo(256),
  },
  resume: {
    takes: 'FILE',
    says: 'Keep there what is finished, and go on with what it holds',
    read: newFilePlace,
    otherwise: 'kept nowhere',
  },
  examples: {
    takes: 'N',
    says: 'How many examples to name of each kind of difference',
    otherwise: String(DEFAULT_EXAMPLES),
    read: countUpTo(1000),
  },
  rejudge: { says: 'Ask for every verdict anew, where a stored one would hold, too' },
  'no-judge': { says: 'Compare selection alone, and ask no model' },
  'stand-in': { says: 'Let the stand-in judge, where no judge is configured' },
  'show-text': { says: 'Print the texts of the examples, personal data replaced' },
  ...REDACTOR_OPTION,
} as const satisfies Options

type Values = ValuesOf<typeof OPTIONS>

/** Options that mean something without transcripts, too. */
const ALWAYS: readonly string[] = ['policy', 'url', 'token', 'transcripts']

export const policyDiff = declareCommand({
  positionals: {
    one: { takes: 'A', says: `The first bundle: ${BUNDLE_NAMES}` },
    other: { takes: 'B', says: 'The second, named likewise' },
  },
  wanted: USAGE,
  options: OPTIONS,
  async run({ values, positionals: { one, other }, args }, io) {
    refuseMisfits(values)
    const settings = readSettings(values)
    const config = configOf(io.environment)
    const [from, to] = await findBundles([one, other], values, { config, io })
    const replayed = values.transcripts ? replayable(from, to) : null
    const diff = comparePolicies(from, to)
    io.stdout(io.json ? `${JSON.stringify(diff)}\n` : renderDiff(diff, diffMarks(io)))
    if (!replayed) return 0
    return runOverTranscripts({ from: replayed, to, config, settings, values, args, io })
  },
})

/** What the requests of a policy were answered by. @throws UsageError where the other one is none of the same policy. */
function replayable(from: Bundle | null, to: Bundle): Bundle {
  if (from?.id === to.id) return from
  throw new UsageError(
    `Leave out --transcripts: it takes two texts of one policy, and these are ${from?.id ?? 'nothing'} and ${to.id}`,
  )
}

function refuseMisfits(values: Values): void {
  const needless = Object.keys(values).filter((name) => !ALWAYS.includes(name))
  if (!values.transcripts && needless.length > 0) {
    throw new UsageError(`Give --transcripts, too, or leave out --${needless.join(', --')}`)
  }
  if (values.redactor !== undefined && !values['show-text']) {
    throw new UsageError('Give --show-text, too, or leave out --redactor: nothing else shows texts')
  }
  if (values['no-judge'] && (values['stand-in'] || values.rejudge)) {
    throw new UsageError('Leave out --no-judge, or what needs a judge: --stand-in, --rejudge')
  }
}

function readSettings(values: Values): BacktestSettings {
  requireRange(values)
  const settings = {
    app: values.app ?? null,
    since: values.from ?? null,
    until: values.to ?? null,
    limit: values.limit ?? null,
    sample: values.sample ?? null,
    concurrency: values.concurrency ?? DEFAULT_CONCURRENCY,
    examples: values.examples ?? DEFAULT_EXAMPLES,
    rejudge: values.rejudge ?? false,
    resume: values.resume ?? null,
  }
  if (settings.limit !== null && settings.sample !== null) {
    throw new UsageError('Give --limit (the newest so many) or --sample (so many of all), not both')
  }
  return settings
}

async function findBundles(
  names: readonly [string, string],
  values: Values,
  { config, io }: { readonly config: Config; readonly io: Io },
): Promise<readonly [Bundle | null, Bundle]> {
  const [from, to] = [await readBundleAt(names[0]), await readBundleAt(names[1])]
  if (from && to) return [from, to]
  if (names[0] === 'none' && to) return [null, to]
  await using control = await openControl({ ...values, environment: io.environment })
  const isStaged = names.includes('candidate')
  const known = values.policy ?? (from ?? to)?.id
  const policy = known ?? (isStaged ? await onlyStaged(control) : config.policy)
  const before = from ?? (await findNamed(control, policy, names[0]))
  const after = to ?? (await findNamed(control, policy, names[1]))
  if (!after) throw new Error(`Name two that are there: nothing of ${names[1]} is`)
  if (!before && names[0] !== 'none') {
    io.stderr(`Nothing of ${policy} serves yet: it is compared with nothing\n`)
  }
  return [before, after]
}

async function runOverTranscripts(given: {
  readonly from: Bundle
  readonly to: Bundle
  readonly config: Config
  readonly settings: BacktestSettings
  readonly values: Values
  readonly args: readonly string[]
  readonly io: Io
}): Promise<number> {
  const { from, to, config, settings, values, args, io } = given
  const standIn = values['stand-in'] ?? false
  await using judge = values['no-judge'] ? null : openJudge(config, { standIn })
  await using transcripts = await openTranscripts(
    { ...values, environment: io.environment },
    await readTranscriptKeys(values.key),
  )
  const { protocol } = await loadPolicies()
  using stopping = stopOnInterrupt(io)
  const { end, report } = await backtest({
    from,
    to,
    protocol,
    transcripts,
    judge,
    settings,
    io,
    stop: stopping.signal,
  })
  io.stdout(
    io.json ? `${JSON.stringify({ backtest: report, end })}\n` : `\n${renderReport(report)}`,
  )
  if (values['show-text']) {
    await using redactor = await openRedactor(values.redactor)
    await printExamples(report, transcripts, { io, redactor })
    await redactor.finish()
  }
  if (end === 'done') return 0
  io.stderr(renderEnd(end, settings, args))
  return 1
}

function renderEnd(
  end: 'stopped' | 'judge_down',
  { resume }: BacktestSettings,
  args: readonly string[],
): string {
  const why =
    end === 'stopped'
      ? 'Stopped before the end: the figures are of what was finished'
      : 'Stopped, because the judge was out of reach again and again: the figures are of what was finished before'
  if (resume === null) return `${why}. Give --resume FILE to be able to go on next time\n`
  return `${why}. Go on with:\n${againCommand(['policy', 'diff'], args)}`
}
