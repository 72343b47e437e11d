/**
 * `chambers harvest batch FILE`: prompts without traffic through the same deliberation as requests, to transcripts. Reads
 * the input, asks models, writes transcripts and the state; with `--enqueue` it hands the prompts to a gateway's queue instead.
 */
import { resolve } from 'node:path'
import { readItem } from '../../jobs/batch/item.ts'
import { batchIdOf, withSamples } from '../../jobs/batch/plan.ts'
import type { BatchHeader } from '../../jobs/batch/state.ts'
import type { BatchFigures } from '../../jobs/batch/tally.ts'
import type { Bundle } from '../../policy/section.ts'
import type { Config } from '../../start/config.ts'
import { loadPolicies } from '../../start/node/load-policies.node.ts'
import { findBundle, readBundleAt } from '../policy/find-bundle.node.ts'
import { findBundleHere } from '../policy/find-bundle-here.node.ts'
import { openControl } from '../policy/open-control.node.ts'
import { gatewayUrl } from '../shell/admin-token.node.ts'
import { configOf } from '../shell/config-of.ts'
import { declareCommand } from '../shell/declare-command.ts'
import { checkInput } from '../shell/input-lines.node.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { againCommand } from '../shell/next-command.ts'
import { stopOnInterrupt } from '../shell/stop-on-interrupt.node.ts'
import { batchStatePath, openBatchFile } from './batch-file.node.ts'
import { runBatchHere } from './batch-here.node.ts'
import type { BatchClose, BatchJob } from './batch-job.node.ts'
import { BATCH_OPTIONS, type BatchSettings, batchSettingsOf } from './batch-settings.node.ts'
import { enqueueBatch } from './enqueue-batch.node.ts'

export const harvestBatch = declareCommand({
  also: ['harvest batch FILE --url URL --enqueue'],
  positionals: {
    input: {
      takes: 'FILE',
      says: 'A line each of {id?, messages | prompt, section?, hints?, model?, parameters?}',
    },
  },
  wanted: 'Name one file of prompts: chambers harvest batch FILE',
  options: BATCH_OPTIONS,
  async run({ values, positionals: { input }, args }, io) {
    const settings = batchSettingsOf(values, input)
    const config = configOf(io.environment)
    const url = gatewayUrl({ ...settings, environment: io.environment })
    if (settings.url !== undefined && !settings.enqueue) {
      throw new UsageError('Give --enqueue, too: with --url the gateway works, else this machine')
    }
    if (settings.enqueue && url === null) throw new UsageError('Give --url with --enqueue')
    const job = await prepare({ settings, config, io, place: settings.enqueue ? url : null })
    using stopping = stopOnInterrupt(io)
    const path = settings.state ?? batchStatePath(config.dataDir, job.plan.id)
    const file = await openBatchFile(path, job.header)
    try {
      const whole = { ...job, stop: stopping.signal }
      const closed = await (settings.enqueue ? enqueueBatch : runBatchHere)(whole, file)
      const figures = file.tally.read()
      writeSummary(whole, { figures, closed, state: path })
      if (closed.end === 'done' && closed.open === 0) return 0
      io.stderr(renderEnd(whole, { closed, args }))
      return 1
    } finally {
      file.close()
    }
  },
})

async function prepare(options: {
  readonly settings: BatchSettings
  readonly config: Config
  readonly io: Io
  readonly place: string | null
}): Promise<Omit<BatchJob, 'stop'>> {
  const { settings, config, io, place } = options
  const { protocol } = await loadPolicies()
  const found = await bundleOf(options)
  const samples = settings.samples ?? found.judge.samples
  if (samples < found.judge.samples) {
    throw new UsageError(
      `Set --samples to ${found.judge.samples} or more: the policy asks for as many`,
    )
  }
  const isStandIn = config.upstream.baseUrl === null && place === null
  const model = settings.model ?? (isStandIn ? 'stand-in' : null)
  const bundle = withSamples(found, { samples })
  const input = await checkInput(settings.input, (text) => {
    const item = readItem(text, { bundle, model })
    return item.ok ? null : item.failure
  })
  const making = {
    policy: bundle.id,
    digest: bundle.digest,
    model,
    samples,
    consent: settings.consent,
    tenant: settings.tenant,
    app: settings.app,
  }
  const id =
    settings.batch ??
    (await batchIdOf({
      ...making,
      input: input.sha256,
      protocol: protocol.digest,
      judge: config.judge.model,
    }))
  const plan = { id, ...making }
  const header: BatchHeader = {
    batch: 1,
    plan,
    input: input.sha256,
    lines: input.lines,
    protocol: protocol.digest,
    place: place ?? 'here',
  }
  return { plan, bundle, protocol, header, filled: input.filled, settings, config, io }
}

async function bundleOf({
  settings,
  config,
  io,
}: {
  readonly settings: BatchSettings
  readonly config: Config
  readonly io: Io
}): Promise<Bundle> {
  if (!settings.enqueue) return findBundleHere(settings, { config, io })
  const there = await readBundleAt(settings.revision)
  if (there) return there
  await using control = await openControl({ ...settings, environment: io.environment })
  // Awaited, since what it reads is closed behind it.
  return await findBundle(control, settings.policy ?? config.policy, settings.revision)
}

type Summary = {
  readonly figures: BatchFigures
  readonly closed: BatchClose
  readonly state: string
}

function writeSummary(
  { plan, header, filled, io }: BatchJob,
  { figures, closed, state }: Summary,
): void {
  const { id, policy, digest, model, samples } = plan
  if (io.json) {
    const batch = {
      id,
      session: `batch:${id}`,
      policy,
      digest,
      protocol: header.protocol,
      model,
      samples,
      input: header.input,
      prompts: filled,
      ...figures,
      ...closed,
      state: resolve(state),
    }
    io.stdout(`${JSON.stringify({ batch })}\n`)
    return
  }
  const { done, outcomes, failures, tokens } = figures
  const lines = [
    `Batch ${id}: ${done} of ${filled} prompts, ${tokens} tokens`,
    `  under ${policy}@${digest.slice(0, 12)}, ${samples} ${samples === 1 ? 'sample' : 'samples'} a channel`,
    ...Object.entries(outcomes).map(([outcome, count]) => `  ${outcome}: ${count}`),
    ...Object.entries(failures).map(([reason, count]) => `    ${reason}: ${count}`),
    `  transcripts of session batch:${id}`,
  ]
  io.stdout(`${lines.join('\n')}\n`)
}

const ENDS: Readonly<Record<string, string>> = {
  done: 'Some prompts were left open, after several tries each',
  stopped: 'Stopped before the end',
  budget: 'Stopped, because the budget is spent: raise --budget-tokens to go on',
  upstream_down: 'Stopped, because the model server or the judge failed again and again',
  upstream_refuses:
    'Stopped, because the model server refuses: mend the key, the account or --model',
  storage: 'Stopped, because transcripts could not be stored: mend the database',
}

function renderEnd(
  { plan, settings }: BatchJob,
  { closed, args }: { readonly closed: BatchClose; readonly args: readonly string[] },
): string {
  const why = ENDS[closed.end] ?? ENDS.stopped
  const reason = closed.reason === null ? '' : ` (${closed.reason})`
  // Whatever is activated meanwhile, it is gone on with as it was begun.
  const pinned = [
    ...(settings.batch === null ? ['--batch', plan.id] : []),
    ...(/^(?:active|candidate)$/.test(settings.revision)
      ? ['--policy', plan.policy, '--revision', plan.digest.slice(0, 12)]
      : []),
  ]
  const again = againCommand(['harvest', 'batch'], [...args, ...pinned])
  return `${why}${reason}. Nothing is paid twice by:\n${again}`
}
