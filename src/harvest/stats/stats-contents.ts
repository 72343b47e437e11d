/**
 * What the contents tell of retrieval and of the judge: whether reasoning cited sections that stood before it, which ones a judge
 * missed, and where verdicts disagree. Pure; clauses, sections and classes alone, never text.
 */
import type { Verdict } from '../../conversation/outcome.ts'
import type { Transcript, TranscriptAttempt } from '../../transcript/record/record.ts'
import { sectionOfClause } from '../stages/clause-section.ts'
import { createLines } from './stats-lines.ts'

export type SectionRetrieval = {
  readonly section: string
  /** Drafts it stood before in full. */
  readonly injected: number
  /** Drafts that cited it. */
  readonly cited: number
  /** Drafts for which a judge named it as missing. */
  readonly missed: number
}

export type Retrieval = {
  /** Drafts with an answer. */
  readonly drafts: number
  readonly citing: number
  /** Of those that cite: every section that was cited stood before the model. */
  readonly grounded: number
  /** A judge named a section that did not stand before the model. */
  readonly missing: number
  readonly sections: readonly SectionRetrieval[]
}

/** So many could be compared, and so many differ. */
export type Disagreement = { readonly compared: number; readonly differ: number }

export type Judging = {
  readonly verdicts: number
  readonly failures: number
  /** The answer's verdict against the reasoning's: passed or not. */
  readonly channels: Disagreement
  /** Of the samples of one verdict: some would have passed it alone, and some not. */
  readonly samples: Disagreement
  /** The decision that was declared against the one a review read. */
  readonly decisions: Disagreement
}

export type ContentFigures = { readonly retrieval: Retrieval; readonly judging: Judging }

export function createContentTally() {
  const retrieval = createRetrievalTally()
  const judging = createJudgingTally()
  return {
    add(transcript: Transcript): void {
      for (const attempt of transcript.attempts) {
        retrieval.add(transcript, attempt)
        judging.add(attempt)
      }
    },
    read: (): ContentFigures => ({ retrieval: retrieval.read(), judging: judging.read() }),
  }
}

function createRetrievalTally() {
  const sections = createLines(() => ({ injected: 0, cited: 0, missed: 0 }))
  let [drafts, citing, grounded, missing] = [0, 0, 0, 0]
  return {
    add({ selection }: Transcript, attempt: TranscriptAttempt): void {
      const { answer, citedClauses, citationsVerified, verdicts } = attempt
      if (answer === null) return
      drafts++
      const injected = new Set(selection.filter(({ full }) => full).map(({ section }) => section))
      const cited = new Set(citedClauses.map(sectionOfClause))
      const missed = new Set(verdicts.flatMap(({ missingSections }) => missingSections))
      if (cited.size > 0) {
        citing++
        const stood = [...cited].every((section) => injected.has(section))
        // A section that was missed before is given to a later draft, and its check knows.
        if (citationsVerified ?? stood) grounded++
      }
      if (missed.size > 0) missing++
      for (const section of injected) sections.at(section).injected++
      for (const section of cited) sections.at(section).cited++
      for (const section of missed) sections.at(section).missed++
    },
    read: (): Retrieval => ({
      drafts,
      citing,
      grounded,
      missing,
      sections: sections.all().map(([section, line]) => ({ section, ...line })),
    }),
  }
}

function createJudgingTally() {
  let [verdictCount, failures] = [0, 0]
  const channels = createComparison()
  const samples = createComparison()
  const decisions = createComparison()
  return {
    add({ verdicts, judgeFailures, decision }: TranscriptAttempt): void {
      verdictCount += verdicts.length
      failures += judgeFailures.length
      const answer = verdicts.filter(({ channel }) => channel === 'answer')
      const reasoning = verdicts.filter(({ channel }) => channel === 'reasoning')
      if (answer.length > 0 && reasoning.length > 0) {
        channels.add(passes(answer) !== passes(reasoning))
      }
      for (const { samples: asked, samplesPassed } of verdicts) {
        // Transcripts of older programs do not tell.
        if (asked === undefined || samplesPassed === undefined) continue
        samples.add(samplesPassed > 0 && samplesPassed < asked)
      }
      const read = reasoning.map((verdict) => verdict.decision).filter((one) => one !== null)
      if (decision !== null && read.length > 0) {
        decisions.add(read.some((one) => one !== decision))
      }
    },
    read: (): Judging => ({
      verdicts: verdictCount,
      failures,
      channels: channels.read(),
      samples: samples.read(),
      decisions: decisions.read(),
    }),
  }
}

function createComparison() {
  let [compared, differ] = [0, 0]
  return {
    add(differs: boolean): void {
      compared++
      if (differs) differ++
    },
    read: (): Disagreement => ({ compared, differ }),
  }
}

function passes(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ passed }) => passed)
}
