/**
 * `chambers policy try POLICY "a sentence"`: which sections it brings up, with scores and reasons, and with a model what it would
 * decide. Reads the policy, and asks the model of this machine's configuration; of the deliberation nothing is kept and no reasoning
 * is shown. With --golden the sentence becomes a case of the folder's tests.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { DecidedCase } from '../../policy/check/decided-case.ts'
import type { Bundle } from '../../policy/section.ts'
import { selectFromIndex } from '../../policy/select/select.ts'
import type { SelectedSection } from '../../policy/select/selection.ts'
import { buildSelectionIndex } from '../../policy/select/selection-index.ts'
import { loadPolicies } from '../../start/node/load-policies.node.ts'
import { readConfigOf } from '../desk/open-desk.node.ts'
import { createTrial } from '../desk/open-trial.node.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand, type Options, type ValuesOf } from '../shell/declare-command.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { tableOf } from '../shell/table.ts'
import { findNamed, readBundleAt } from './find-bundle.node.ts'
import { addGoldenCase } from './golden-file.node.ts'
import { openControl } from './open-control.node.ts'
import { POLICIES } from './policy-folders.node.ts'

const DECISIONS = ['comply', 'safe_complete', 'refuse'] as const
/** Below this score nothing is worth a line. */
const MIN_TOLD = 0.1

const OPTIONS = {
  ...CONNECTION,
  model: {
    takes: 'M',
    says: 'Ask this model, by the upstream of this machine’s configuration, what it decides; stand-in: the scripted one',
    otherwise: 'no model is asked',
  },
  golden: { says: 'Write each sentence down as a golden case of the folder' },
  expect: {
    takes: 'SECTION',
    says: 'With --golden, a section that it must bring up; none: it must bring up none',
    multiple: true,
    otherwise: 'what it brings up now',
  },
  decision: {
    takes: 'D',
    says: `With --golden, what must be decided: ${DECISIONS.join(', ')}`,
    read: readDecision,
  },
} as const satisfies Options

type Values = ValuesOf<typeof OPTIONS>

type Tried = {
  readonly sentence: string
  readonly sections: readonly SelectedSection[]
  /** Undefined where no model was asked, null where it came to nothing. */
  readonly decided: DecidedCase | null | undefined
}

export const policyTry = declareCommand({
  positionals: {
    policy: { takes: 'POLICY', says: 'A folder, or the id of a policy that serves' },
    sentences: { takes: 'SENTENCE', says: 'What a user might say', multiple: true },
  },
  wanted:
    'Name a policy and a sentence: chambers policy try policies/default "How do casinos work?"',
  options: OPTIONS,
  async run({ values, positionals: { policy, sentences } }, io) {
    if (sentences.length === 0) {
      throw new UsageError(
        'Give a sentence, too: chambers policy try POLICY "How do casinos work?"',
      )
    }
    refuseMisplaced(values)
    const folder = values.golden ? goldenFolder(policy) : null
    const connection = { ...values, environment: io.environment }
    const bundle = await bundleNamed(folder ?? policy, connection)
    checkExpected(values.expect, bundle)
    const index = buildSelectionIndex(bundle)
    for (const sentence of sentences) {
      const query = { texts: [{ role: 'user', text: sentence }] }
      const { sections } = selectFromIndex(index, query, bundle.selection)
      const decided =
        values.model === undefined
          ? undefined
          : await decide(sentence, { bundle, model: values.model, io })
      const tried = { sentence, sections, decided }
      const noted = folder === null ? null : addGoldenCase(folder, goldenOf(tried, values))
      io.stdout(
        io.json ? `${JSON.stringify(toJson(tried, bundle, noted))}\n` : render(tried, bundle),
      )
      if (noted !== null && !io.json) io.stdout(sayNoted(tried, noted))
    }
    return 0
  },
})

function refuseMisplaced({ golden, expect, decision }: Values): void {
  if (golden) return
  const needless = [
    ...(expect.length > 0 ? ['--expect'] : []),
    ...(decision !== undefined ? ['--decision'] : []),
  ]
  if (needless.length > 0) {
    throw new UsageError(`Give --golden, too, or leave out ${needless.join(', ')}`)
  }
}

/** The folder of that name, or of a policy of that id. @throws UsageError where there is none. */
function goldenFolder(policy: string): string {
  const found = [policy, join(POLICIES, policy)].find(isFolder)
  if (found !== undefined) return found
  throw new UsageError(`Name the policy’s folder, for its tests to take the case: ${policy}`)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

async function bundleNamed(
  name: string,
  connection: Parameters<typeof openControl>[0],
): Promise<Bundle> {
  const there = await readBundleAt(name)
  if (there) return there
  await using control = await openControl(connection)
  const serving = (await control.known()).some(({ policy }) => policy === name)
  const written = serving ? null : await readBundleAt(join(POLICIES, name))
  const bundle = written ?? (await findNamed(control, name, name.includes('@') ? name : 'active'))
  if (bundle) return bundle
  throw new Error(`Name a folder or a policy that serves: there is no ${name}`)
}

function checkExpected(expected: readonly string[], { sections }: Bundle): void {
  const known = sections.map(({ id }) => id)
  const unknown = expected.filter((id) => id !== 'none' && !known.includes(id))
  if (unknown.length > 0) {
    throw new UsageError(
      `Set --expect to sections that are there, or none: ${unknown.join(', ')}. There are ${known.join(', ')}`,
    )
  }
  if (expected.includes('none') && expected.length > 1) {
    throw new UsageError('Give --expect none alone: it means that no section may come up')
  }
}

async function decide(
  sentence: string,
  { bundle, model, io }: { readonly bundle: Bundle; readonly model: string; readonly io: Io },
): Promise<DecidedCase | null> {
  const config = await readConfigOf(io)
  await using trial = createTrial(config, async () => (await loadPolicies()).protocol)
  const golden = { id: 'try', messages: [{ role: 'user', content: sentence }], expect: {} } as const
  const signal = io.signal ?? new AbortController().signal
  return trial.decideCase({ ...golden, messages: [...golden.messages] }, { bundle, model, signal })
}

function goldenOf({ sentence, sections }: Tried, { expect, decision }: Values) {
  const brought = sections.filter(({ full, section }) => full && !section.always)
  const expected = expect.length > 0 ? expect : brought.map(({ section }) => section.id)
  return {
    sentence,
    sections: expected.filter((id) => id !== 'none'),
    decision: decision ?? null,
  }
}

function sayNoted({ sections }: Tried, noted: ReturnType<typeof addGoldenCase>): string {
  const missing = noted.sections.filter(
    (id) => !sections.some(({ section, full }) => full && section.id === id),
  )
  const hint =
    missing.length === 0
      ? ''
      : `  it fails as yet: ${missing.join(', ')} does not come up; add words of the sentence to its triggers\n`
  return `  written as ${noted.id} into ${noted.file}\n${hint}`
}

function toJson(
  { sentence, sections, decided }: Tried,
  { id, digest }: Bundle,
  golden: ReturnType<typeof addGoldenCase> | null,
) {
  return {
    policy: id,
    digest,
    sentence,
    sections: sections.map(({ section, score, reason, full }) => ({
      section: section.id,
      score,
      reason,
      full,
    })),
    ...(decided !== undefined && { decided }),
    ...(golden !== null && { golden }),
  }
}

function render({ sentence, sections, decided }: Tried, { selection }: Bundle): string {
  const told = sections
    .filter(({ full, score }) => full || score >= MIN_TOLD)
    .toSorted((a, b) => Number(b.full) - Number(a.full) || b.score - a.score)
  const rows = told.map(({ section, score, reason, full }) => [
    `  ${section.id}`,
    full ? 'in full' : 'summary',
    score.toFixed(2),
    reason,
  ])
  const rest = sections.length - told.length
  const lines = [
    `“${sentence}”\n`,
    tableOf(['  section', 'shown', 'score', 'why'], rows),
    rest === 0
      ? ''
      : `  ${rest} more as summaries, below ${MIN_TOLD}; in full from ${selection.threshold} on\n`,
    decided === undefined ? '' : `  decision: ${sayDecided(decided)}\n`,
  ]
  return lines.join('')
}

function sayDecided(decided: DecidedCase | null): string {
  if (decided === null) return 'none: the model or the judge gave no answer that could be used'
  const { decision, clauses } = decided
  return `${decision ?? 'not declared'}${clauses.length > 0 ? `; ${clauses.join(', ')}` : ''}`
}

function readDecision(text: string, option: string): (typeof DECISIONS)[number] {
  const decision = DECISIONS.find((one) => one === text)
  if (decision !== undefined) return decision
  throw new UsageError(`Set ${option} to ${DECISIONS.join(', ')}: ${text}`)
}
