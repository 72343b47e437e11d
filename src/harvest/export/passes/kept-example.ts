/**
 * What a kept example leaves for the second pass: its rows as they will be written, and what is counted of it. Pure. Rows may hold
 * reasoning, as exports do: this is put beside the export and nowhere else.
 */
import { type JsonObject, parseJson } from '../../../lib/json.ts'
import type { Example } from '../../example.ts'
import type { Tallied } from '../tally.ts'

export type KeptExample = { readonly example: Tallied; readonly rows: readonly JsonObject[] }

export function packKept(example: Example, rows: readonly JsonObject[]): string {
  const kept: KeptExample = { example: talliedOf(example), rows }
  return JSON.stringify(kept)
}

/** Reads what `packKept` wrote. @throws TypeError for any other text. */
export function unpackKept(packed: string): KeptExample {
  const parsed = parseJson(packed, { exact: true, maxDepth: Number.POSITIVE_INFINITY })
  if (!parsed.ok) throw new TypeError('Cannot read what an export has kept')
  return parsed.value as unknown as KeptExample
}

function talliedOf(example: Example): Tallied {
  const { transcript, section, decision, split, redactions, chosenBy, labels } = example
  const { policy, protocol, upstream } = transcript
  return {
    section,
    decision,
    split,
    redactions,
    chosenBy,
    transcript: { policy, protocol, upstream },
    labels: labels.map(({ kind }) => ({ kind })),
    chosen: judgedOf(example.chosen),
    rejected: example.rejected.map(judgedOf),
  }
}

function judgedOf({ attempt }: Example['chosen']): Tallied['chosen'] {
  const verdicts = attempt?.verdicts.map(({ model, family, sawReasoning }) => ({
    model,
    family,
    sawReasoning,
  }))
  return { attempt: verdicts ? { verdicts } : null }
}
