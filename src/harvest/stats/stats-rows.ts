/** What the index alone tells of the transcripts: what became of them, whose they are, how large. Pure; no content. */
import type { TranscriptRow } from '../../transcript/record/row.ts'
import { createCounts, createLines, type StatCounts } from './stats-lines.ts'

export type GroupFigures = {
  readonly name: string
  readonly transcripts: number
  readonly outcomes: StatCounts
  readonly decisions: StatCounts
}

export type RowFigures = {
  readonly transcripts: number
  /** With consent to a harvest, with content, and with rights to train on. */
  readonly harvestable: number
  readonly contentBytes: number
  readonly outcomes: StatCounts
  readonly decisions: StatCounts
  /** By section that was injected in full; a transcript counts for each of its own. */
  readonly sections: readonly GroupFigures[]
  /** By policy: `default@<digest>`. */
  readonly digests: readonly GroupFigures[]
  readonly consent: StatCounts
  readonly rights: StatCounts
  readonly modes: StatCounts
  readonly models: StatCounts
  readonly tokens: Readonly<Record<'prompt' | 'completion' | 'reasoning' | 'judge', number>>
}

export function createRowTally() {
  const [outcomes, decisions, consent] = [createCounts(), createCounts(), createCounts()]
  const [rights, modes, models] = [createCounts(), createCounts(), createCounts()]
  const [sections, digests] = [createLines(createGroup), createLines(createGroup)]
  const tokens = { prompt: 0, completion: 0, reasoning: 0, judge: 0 }
  let [transcripts, harvestable, contentBytes] = [0, 0, 0]
  return {
    add(row: TranscriptRow): void {
      transcripts++
      contentBytes += row.contentBytes
      if (isHarvestable(row)) harvestable++
      outcomes.add(row.outcome)
      decisions.add(row.decision ?? 'none')
      consent.add(row.consent)
      rights.add(row.trainingRights)
      modes.add(row.mode)
      models.add(`${row.provider} ${row.model}`)
      for (const section of row.sections.split(' ')) {
        if (section !== '') sections.at(section).add(row)
      }
      digests.at(`${row.policyId}@${row.policyDigest}`).add(row)
      tokens.prompt += row.promptTokens ?? 0
      tokens.completion += row.completionTokens ?? 0
      tokens.reasoning += row.reasoningTokens ?? 0
      tokens.judge += row.judgeTokens ?? 0
    },
    read: (): RowFigures => ({
      transcripts,
      harvestable,
      contentBytes,
      outcomes: outcomes.read(),
      decisions: decisions.read(),
      sections: sections.all().map(([name, group]) => group.read(name)),
      digests: digests.all().map(([name, group]) => group.read(name)),
      consent: consent.read(),
      rights: rights.read(),
      modes: modes.read(),
      models: models.read(),
      tokens: { ...tokens },
    }),
  }
}

function isHarvestable({ consent, contentKey, trainingRights }: TranscriptRow): boolean {
  return consent === 'harvest' && contentKey !== null && trainingRights !== 'none'
}

function createGroup() {
  const [outcomes, decisions] = [createCounts(), createCounts()]
  let transcripts = 0
  return {
    add({ outcome, decision }: TranscriptRow): void {
      transcripts++
      outcomes.add(outcome)
      decisions.add(decision ?? 'none')
    },
    read: (name: string): GroupFigures => {
      return { name, transcripts, outcomes: outcomes.read(), decisions: decisions.read() }
    },
  }
}
