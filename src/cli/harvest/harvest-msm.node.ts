/**
 * `chambers harvest msm --out FILE`: documents for Model Spec Midtraining from a policy, through the model of the environment.
 * I/O: model calls, the state, at last the rows and their manifest. Nothing half is ever in their place.
 */
import { type AskMsm, createAskMsm, type MsmCall, type MsmDone } from '../../jobs/documents/ask.ts'
import { createComposeMsm } from '../../jobs/documents/compose.ts'
import { type Grown, growDocuments } from '../../jobs/documents/grow.ts'
import type { MsmPlan, MsmStep } from '../../jobs/documents/plan.ts'
import { chooseRows } from '../../jobs/documents/rows.ts'
import type { MsmHeader } from '../../jobs/documents/state.ts'
import { createMsmTexts, type MsmTexts } from '../../jobs/documents/texts.ts'
import { createRates, type Rates } from '../../jobs/runner/allowance.ts'
import { type JobResult, runJob } from '../../jobs/runner/run-job.ts'
import { createWaiting } from '../../jobs/runner/waiting.node.ts'
import { systemClock } from '../../lib/clock.ts'
import type { Bundle } from '../../policy/section.ts'
import { readMsmFolder } from '../../policy/write/read-folder.node.ts'
import type { Config } from '../../start/config.ts'
import { POLICIES_FOLDER } from '../../start/node/load-policies.node.ts'
import { openModels } from '../../start/node/open-models.node.ts'
import { findBundleHere } from '../policy/find-bundle-here.node.ts'
import { openRedactor } from '../redactor/redactor-command.node.ts'
import { configOf } from '../shell/config-of.ts'
import { declareCommand } from '../shell/declare-command.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { againCommand } from '../shell/next-command.ts'
import { stopOnInterrupt } from '../shell/stop-on-interrupt.node.ts'
import { withProgress } from '../shell/with-progress.node.ts'
import { findPrecedents, type Precedents } from './find-precedents.node.ts'
import { type MsmFile, openMsmFile } from './msm-file.node.ts'
import { documentOf, writeMsm } from './msm-output.node.ts'
import { MSM_OPTIONS, type MsmSettings, msmSettingsOf } from './msm-settings.node.ts'

type Job = {
  readonly settings: MsmSettings
  readonly config: Config
  readonly bundle: Bundle
  readonly texts: MsmTexts
  readonly file: MsmFile
  readonly io: Io
  readonly stop: AbortSignal
}

export const harvestMsm = declareCommand({
  options: MSM_OPTIONS,
  async run({ values, args }, io) {
    const settings = msmSettingsOf(values)
    const config = configOf(io.environment)
    const bundle = await findBundleHere(settings, { config, io })
    const texts = await createMsmTexts(readMsmFolder(POLICIES_FOLDER))
    const plan = planOf({ settings, config, bundle, texts })
    const file = await openMsmFile(settings.state, plan, () => begin({ plan, settings, config }))
    using stopping = stopOnInterrupt(io)
    try {
      if (config.upstream.trainingRights === 'none') {
        io.stderr(
          'UPSTREAM_TRAINING_RIGHTS is none: the manifest says that nobody may train on it\n',
        )
      }
      const job = { settings, config, bundle, texts, file, io, stop: stopping.signal }
      const grown = await grow(job)
      if (grown.end !== 'done' || grown.open > 0) {
        io.stderr(renderEnd(grown, args, bundle))
        return 1
      }
      const { out } = settings
      const manifest = await writeMsm({ out, file, candidates: grown.candidates, bundle, config })
      writeSummary(io, manifest, settings)
      return manifest.rows > 0 ? 0 : 1
    } finally {
      file.close()
    }
  },
})

function planOf({
  settings,
  config,
  bundle,
  texts,
}: Pick<Job, 'settings' | 'config' | 'bundle' | 'texts'>): Omit<MsmPlan, 'precedents'> {
  const { baseUrl } = config.upstream
  const model = settings.model ?? (baseUrl === null ? 'stand-in' : null)
  if (model === null) throw new UsageError('Name the model that writes: --model M')
  const { documents, domains, subdomains, types, assertions, assistant } = settings
  return {
    policy: bundle.id,
    digest: bundle.digest,
    texts: texts.digest,
    model,
    provider: baseUrl === null ? 'stand-in' : new URL(baseUrl).hostname,
    assistant,
    documents,
    domains,
    subdomains,
    types,
    assertions,
  }
}

async function begin({
  plan,
  settings,
  config,
}: {
  readonly plan: Omit<MsmPlan, 'precedents'>
  readonly settings: MsmSettings
  readonly config: Config
}): Promise<MsmHeader> {
  const count = settings.precedents
  const { texts, digest }: Precedents =
    count === null
      ? { texts: [], digest: null }
      : await seedsOf(config, { policy: plan.policy, count }, settings)
  return { msm: 1, plan: { ...plan, precedents: digest }, precedents: [...texts] }
}

async function seedsOf(
  config: Config,
  wanted: { readonly policy: string; readonly count: number },
  settings: MsmSettings,
): Promise<Precedents> {
  await using redactor = await openRedactor(settings.redactor)
  return await findPrecedents(config, { ...wanted, redactor })
}

async function grow(job: Job): Promise<Grown> {
  const { settings, config, bundle, texts, file } = job
  const rates = createRates(settings, systemClock)
  await using models = openModels(config, () => rates.calls.spend(1))
  const { plan, precedents } = file.header
  const compose = createComposeMsm({ texts, bundle, plan })
  const ask = createAskMsm({ model: models.draft, compose })
  const textOf = (key: string) => documentOf(file, key)
  return await growDocuments(
    {
      kept: (key) => file.find(key),
      run: (step, calls) => runStep(job, { step, calls, ask, rates }),
      async countRows(candidates) {
        const { rows } = await chooseRows(candidates, { most: plan.documents, textOf })
        return rows.length
      },
    },
    { plan, precedents },
  )
}

type Step = {
  readonly step: MsmStep
  readonly calls: readonly MsmCall[]
  readonly ask: AskMsm
  readonly rates: Rates
}

async function runStep(
  { settings, file, io, stop }: Job,
  { step: name, calls, ask, rates }: Step,
): Promise<JobResult> {
  if (calls.length === 0) return { end: 'done', reason: null, open: 0 }
  // What is under way when the work is stopped was paid for: it is finished.
  const { signal } = new AbortController()
  const note = () => `${name}, ${file.tokens} tokens`
  return withProgress({ io, total: calls.length, before: 0, note }, (step) =>
    runJob<MsmCall, MsmDone>(
      {
        ...createWaiting(),
        run: (call) => ask(call, signal),
        keep(_call, { result }) {
          file.add(result)
          step()
        },
        lost(tokens) {
          if (tokens > 0) file.add({ lost: tokens })
        },
      },
      {
        units: inOrder(calls),
        concurrency: settings.concurrency,
        rates,
        budgetTokens: settings.budgetTokens,
        spentTokens: file.tokens,
        stop,
      },
    ),
  )
}

async function* inOrder<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

function writeSummary(
  io: Io,
  manifest: Awaited<ReturnType<typeof writeMsm>>,
  { out }: MsmSettings,
): void {
  if (io.json) {
    io.stdout(`${JSON.stringify({ msm: manifest })}\n`)
    return
  }
  const fewer = manifest.rows === 0 ? ': nothing could be used; the manifest says why' : ''
  io.stdout(`${out}: ${manifest.rows} documents${fewer}\n${out}.manifest.json\n`)
}

const ENDS: Readonly<Record<string, string>> = {
  done: 'Some calls were left open, after several tries each',
  stopped: 'Stopped before the end',
  budget: 'Stopped, because the budget is spent: raise --budget-tokens to go on',
  upstream_down: 'Stopped, because the model server failed again and again',
  upstream_refuses:
    'Stopped, because the model server refuses: mend the key, the account or --model',
}

function renderEnd({ end, reason }: Grown, args: readonly string[], bundle: Bundle): string {
  const why = ENDS[end] ?? ENDS.stopped
  const said = reason === null ? '' : ` (${reason})`
  const isNamed = args.some((argument) => /^--revision(?:=|$)/.test(argument))
  const pinned = isNamed ? [] : ['--policy', bundle.id, '--revision', bundle.digest.slice(0, 12)]
  const again = againCommand(['harvest', 'msm'], [...args, ...pinned])
  return `${why}${said}. Nothing is written yet, and nothing is paid twice by:\n${again}`
}
