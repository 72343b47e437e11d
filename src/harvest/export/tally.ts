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

export class ExportTally {
  readonly #totals = { transcripts: 0, examples: 0, kept: 0, rows: 0, labelled: 0 }
  readonly #dropped = new Counter()
  readonly #redacted = new Counter()
  readonly #sections = new Counter()
  readonly #decisions = new Counter()
  readonly #splits = new Counter()
  readonly #policies = new Counter()
  readonly #protocols = new Counter()
  readonly #models = new Counter()
  readonly #judges = new Counter()
  readonly #labels = new Counter()
  readonly #chosenBy = new Counter()

  addTranscript(): void {
    this.#totals.transcripts++
  }

  addExample(): void {
    this.#totals.examples++
  }

  addDropped(reason: string): void {
    this.#dropped.add(reason)
  }

  addKept(example: Tallied, rows: number): void {
    const { transcript, section, decision, split, redactions, chosen, rejected } = example
    const { policy, protocol, upstream } = transcript
    this.#totals.kept++
    this.#totals.rows += rows
    this.#addPeople(example)
    for (const [kind, count] of Object.entries(redactions)) this.#redacted.add(kind, count)
    this.#sections.add(section ?? 'none')
    this.#decisions.add(decision ?? 'none')
    this.#splits.add(split, rows)
    this.#policies.add(`${policy.id}@${policy.digest}`)
    this.#protocols.add(protocol)
    const { provider, model, family, license, trainingRights } = upstream
    this.#models.add(JSON.stringify({ provider, model, family, license, trainingRights }))
    for (const judge of [chosen, ...rejected].flatMap(judgesOf)) this.#judges.add(judge)
  }

  #addPeople({ labels, chosenBy }: Tallied): void {
    if (labels.length > 0) this.#totals.labelled++
    for (const { kind } of labels) this.#labels.add(kind)
    if (chosenBy !== 'gateway') this.#chosenBy.add(chosenBy)
  }

  read(): ExportFigures {
    const { transcripts, examples, kept, rows, labelled } = this.#totals
    return {
      transcripts,
      examples,
      kept,
      rows,
      dropped: this.#dropped.read(),
      redacted: this.#redacted.read(),
      sections: this.#sections.read(),
      decisions: this.#decisions.read(),
      splits: this.#splits.read(),
      policies: this.#policies.read(),
      protocols: this.#protocols.read(),
      models: Object.entries(this.#models.read()).map(([origin, count]) => ({
        ...(JSON.parse(origin) as ModelOrigin),
        examples: count,
      })),
      judges: Object.entries(this.#judges.read()).map(([origin, count]) => ({
        ...(JSON.parse(origin) as JudgeOrigin),
        verdicts: count,
      })),
      labelled,
      people: { labels: this.#labels.read(), chosen: this.#chosenBy.read() },
    }
  }
}

function judgesOf({ attempt }: Judged): readonly string[] {
  return (attempt?.verdicts ?? []).map(({ model, family, sawReasoning }) =>
    JSON.stringify({ model, family, sawReasoning }),
  )
}

class Counter {
  readonly #counts = new Map<string, number>()

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
  }

  /** By name: the same in every run. */
  read(): Counts {
    const byName = [...this.#counts].toSorted(([one], [other]) => (one < other ? -1 : 1))
    return Object.fromEntries(byName)
  }
}
