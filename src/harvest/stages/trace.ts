/**
 * What is kept of an example for the stages that need all of them: who, which section, and what its words are like. Pure.
 * Operators' instructions are left out of what is compared: one app's examples all share them, and are no duplicates for it.
 */

import { sha256Hex } from '../../lib/digest.ts'
import { fingerprint } from '../../text/fingerprint.ts'
import { signatureOfPair } from '../../text/min-hash.ts'
import { numbersIn } from '../../text/numbers-in.ts'
import { joinedWords, printsOf, wordsOf } from '../../text/words.ts'
import type { Sha256 } from '../../transcript/record/received.ts'
import type { Example } from '../example.ts'
import type { Trace } from '../stage.ts'
import { messageText, promptTexts } from './example-texts.ts'
import { isMatchedSection } from './matched-section.ts'

export type TraceOptions = {
  /** Its place among the examples that came through, from 0. */
  readonly order: number
  /** Whether the rows show the answer: where they do not, choices of one prompt are the same. */
  readonly answer: boolean
  readonly sha256?: Sha256
}

export async function traceOf(
  example: Example,
  { order, answer, sha256 = sha256Hex }: TraceOptions,
): Promise<Trace> {
  const { transcript, choice, section, decision } = example
  const turns = promptTexts(example.prompt, (role) => !isInstruction(role))
  const [prompt, reply] = [turns.join('\n'), answer ? messageText(example.chosen.message) : '']
  const [asked, said] = [joinedWords(prompt), joinedWords(reply)]
  const numbers = numbersIn(`${prompt}\n\n${reply}`)
  return {
    id: `${transcript.id}#${choice}`,
    order,
    tenant: transcript.tenant,
    section,
    decision,
    lookAlike: isLookAlike(example),
    template: templateOf(example),
    // Each word's border counts, so that "a bc" and "ab c" are two; no word holds an end of line, a sign or a currency.
    exact: await sha256(`${asked}\n${said}\n${numbers}`),
    signature: signatureOfPair(printsOf(asked), printsOf(said), numbers),
  }
}

function isInstruction(role: string): boolean {
  return role === 'system' || role === 'developer'
}

/** Complied with although a section came up that is not there for every request, whether or not it was worth citing. */
function isLookAlike({ transcript, decision }: Example): boolean {
  return decision === 'comply' && transcript.selection.some(isMatchedSection)
}

/** Prompts that begin with the same words, numbers aside, are taken to come from one template. */
const TEMPLATE_WORDS = 8
const NUMBER = /\p{N}+/gu

function templateOf({ prompt }: Example): string | null {
  const asked = promptTexts(prompt, (role) => role === 'user').at(-1) ?? ''
  const words = wordsOf(asked).slice(0, TEMPLATE_WORDS)
  if (words.length === 0) return null
  return fingerprint(words.join(' ').replace(NUMBER, '0')).toString(36)
}
