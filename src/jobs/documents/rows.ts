/**
 * Which documents become rows: those that were written, without duplicates, the first ones in order. Pure, but for hashing.
 * Texts are read one at a time, and none is altered.
 */

import { createDuplicateStage } from '../../harvest/stages/duplicates.ts'
import { sha256Hex } from '../../lib/digest.ts'
import { signatureOf } from '../../text/min-hash.ts'
import { numbersIn } from '../../text/numbers-in.ts'
import { wordsOf } from '../../text/words.ts'
import type { Candidate } from './grow.ts'

export type ChosenRows = {
  readonly rows: readonly Candidate[]
  /** Documents that became none, by reason. */
  readonly dropped: Readonly<Record<string, number>>
}

/** `textOf`: the document, or the class of what kept it from being written. */
export async function chooseRows(
  candidates: readonly Candidate[],
  options: {
    readonly most: number
    readonly textOf: (key: string) => { readonly text: string } | { readonly failed: string }
  },
): Promise<ChosenRows> {
  const duplicates = createDuplicateStage()
  const dropped: Record<string, number> = {}
  const drop = (reason: string) => {
    dropped[reason] = (dropped[reason] ?? 0) + 1
  }
  const written: Candidate[] = []
  for (const candidate of candidates) {
    const found = options.textOf(candidate.key)
    if ('failed' in found) {
      drop(found.failed)
      continue
    }
    const words = wordsOf(found.text)
    duplicates.add({
      id: candidate.key,
      order: written.length,
      tenant: '',
      section: null,
      decision: null,
      lookAlike: false,
      template: null,
      exact: await sha256Hex(words.join(' ')),
      signature: signatureOf(words, numbersIn(found.text)),
    })
    written.push(candidate)
  }
  const rows: Candidate[] = []
  for (const [order, candidate] of written.entries()) {
    const reason = duplicates.verdict(order)
    if (reason !== null) drop(reason)
    else if (rows.length < options.most) rows.push(candidate)
    else drop('beyond_the_number_asked_for')
  }
  return { rows, dropped }
}
