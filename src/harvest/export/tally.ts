/**
 * What went through an export, counted: for its manifest, and for whoever wonders where the rows are. Pure but for its counters;
 * names and numbers, never content.
 */
import type { Verdict } from '../../conversation/outcome.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { Example, HumanLabel } from '../example.ts'

export type Counts = Readonly<Record<string, number>>

export type ExportFigures = {
  /** Transcripts that the filters asked for. */
  readonly transcripts: number
  /** Examples that were made of them. */
  readonly examples: number
  readonly kept: number
  readonly rows: number
  /** Transcripts or examples, by reason. */
  readonly dropped: Counts
  /** Of what was kept, by kind. */
  readonly redacted: Counts
  readonly sections: Counts
  readonly decisions: Counts
  readonly splits: Counts
  /** Of what was kept: `default@<digest>`. */
  readonly policies: Counts
  readonly protocols: Counts
  readonly models: readonly (ModelOrigin & { readonly examples: number })[]
  /** Who judged what was kept; verdicts that saw the reasoning are counted apart. */
  readonly judges: readonly (JudgeOrigin & { readonly verdicts: number })[]
  /** Examples with a person's label. */
  readonly labelled: number
  /** Of those: labels by kind, and answers that stand there by a person's word. */
  readonly people: { readonly labels: Counts; readonly chosen: Counts }
}

type ModelOrigin = {
  readonly provider: string
  readonly model: string
  readonly family: string | null
  readonly license: string | null
  readonly trainingRights: string
}

type JudgeOrigin = {
  readonly model: string
  readonly family: string | null
  readonly sawReasoning: boolean
}

type Judged = {
  readonly attempt: {
    readonly verdicts: readonly Pick<Verdict, 'model' | 'family' | 'sawReasoning'>[]
  } | null
}

/** As much of an example as is counted. */
export type Tallied = Pick<
  Example,
  'section' | 'decision' | 'split' | 'redactions' | 'chosenBy'
> & {
  readonly transcript: Pick<Transcript, 'policy' | 'protocol' | 'upstream'>
  readonly labels: readonly Pick<HumanLabel, 'kind'>[]
  readonly chosen: Judged
  readonly rejected: readonly Judged[]
}

export type Tally = {
  transcript(): void
  example(): void
  dropped(reason: string): void
  kept(example: Tallied, rows: number): void
  read(): ExportFigures
}

export function createTally(): Tally {
  let [transcripts, examples, kept, rowCount, labelled] = [0, 0, 0, 0, 0]
  const dropped = createCounter()
  const redacted = createCounter()
  const sections = createCounter()
  const decisions = createCounter()
  const splits = createCounter()
  const policies = createCounter()
  const protocols = createCounter()
  const models = createCounter()
  const judges = createCounter()
  const kinds = createCounter()
  const chosenBy = createCounter()
  return {
    transcript() {
      transcripts++
    },
    example() {
      examples++
    },
    dropped: (reason) => dropped.add(reason),
    kept(example, rows) {
      const { transcript, section, decision, split, redactions, chosen, rejected } = example
      const { policy, protocol, upstream } = transcript
      kept++
      rowCount += rows
      if (example.labels.length > 0) labelled++
      for (const { kind } of example.labels) kinds.add(kind)
      if (example.chosenBy !== 'gateway') chosenBy.add(example.chosenBy)
      for (const [kind, count] of Object.entries(redactions)) redacted.add(kind, count)
      sections.add(section ?? 'none')
      decisions.add(decision ?? 'none')
      splits.add(split, rows)
      policies.add(`${policy.id}@${policy.digest}`)
      protocols.add(protocol)
      const { provider, model, family, license, trainingRights } = upstream
      models.add(JSON.stringify({ provider, model, family, license, trainingRights }))
      for (const judge of [chosen, ...rejected].flatMap(judgesOf)) judges.add(judge)
    },
    read: () => ({
      transcripts,
      examples,
      kept,
      rows: rowCount,
      dropped: dropped.read(),
      redacted: redacted.read(),
      sections: sections.read(),
      decisions: decisions.read(),
      splits: splits.read(),
      policies: policies.read(),
      protocols: protocols.read(),
      models: Object.entries(models.read()).map(([origin, count]) => ({
        ...(JSON.parse(origin) as ModelOrigin),
        examples: count,
      })),
      judges: Object.entries(judges.read()).map(([origin, count]) => ({
        ...(JSON.parse(origin) as JudgeOrigin),
        verdicts: count,
      })),
      labelled,
      people: { labels: kinds.read(), chosen: chosenBy.read() },
    }),
  }
}

function judgesOf({ attempt }: Judged): readonly string[] {
  return (attempt?.verdicts ?? []).map(({ model, family, sawReasoning }) =>
    JSON.stringify({ model, family, sawReasoning }),
  )
}

function createCounter() {
  const counts = new Map<string, number>()
  return {
    add(name: string, count = 1) {
      counts.set(name, (counts.get(name) ?? 0) + count)
    },
    /** By name: the same in every run. */
    read: (): Counts =>
      Object.fromEntries([...counts].toSorted(([one], [other]) => (one < other ? -1 : 1))),
  }
}
