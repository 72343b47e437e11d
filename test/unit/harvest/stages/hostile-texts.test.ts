/** Texts made to be slow: every stage that reads words comes to their end, where anything quadratic would not in any time. */
import { describe, expect, it } from 'vitest'
import { kindOfAnswer } from '../../../../src/deliberation/answer-kind.ts'
import { declines } from '../../../../src/deliberation/declining.ts'
import { readDeclaration } from '../../../../src/deliberation/split/declaration.ts'
import { createContaminationScan } from '../../../../src/harvest/export/examples/contamination.ts'
import { redactText } from '../../../../src/harvest/redaction/redactor.ts'
import type { ProvedExample } from '../../../../src/harvest/stage.ts'
import { createDecontaminationStage } from '../../../../src/harvest/stages/decontaminate.ts'
import { createEvaluationIndex } from '../../../../src/harvest/stages/evaluation-index.ts'
import { createForeignPolicyStage } from '../../../../src/harvest/stages/foreign-policy.ts'
import { createFormatStage } from '../../../../src/harvest/stages/format.ts'
import { createHazardStage } from '../../../../src/harvest/stages/hazard.ts'
import { createSpecialCategoryStage } from '../../../../src/harvest/stages/special-category.ts'
import { documentFault } from '../../../../src/jobs/documents/read-reply.ts'
import { signatureOf } from '../../../../src/text/min-hash.ts'
import { wordRuns } from '../../../../src/text/word-runs.ts'
import { wordsOf } from '../../../../src/text/words.ts'
import { exampleOf, plant } from './plant.ts'

const CHARACTERS = 150_000
/** For all of them: far above what is needed on a busy machine. */
const END = { timeout: 60_000 }

/** A beginning that sets a pattern going, what it goes on over, and an end that lets it down. */
const HOSTILE: readonly (readonly [beginning: string, repeated: string, end: string])[] = [
  ['', '7', ''],
  ['', '1,', 'x'],
  ['', '@', ''],
  ['', 'a@', ''],
  ['', 'a.', '@'],
  ['x@', 'a.', ''],
  ['', ' ', 'x'],
  ['', '\n', 'x'],
  ['', '\n ', 'x'],
  ['', '\r', 'x'],
  ['', '\u2028', 'x'],
  ['', '"', ''],
  ['"', '\\"', ''],
  ['{"a":"', 'b', '"}'],
  ['{"a":"', '\\"', '"}'],
  ['', '[', ''],
  ['', '<', ''],
  ['', '<think ', ''],
  ['', 'QUJDREVGR0hJSktMTU5P', '='],
  ['', `${'-----'}BEGIN PRIVATE KEY-----`, ''],
  ['', 'https://user:', '@'],
  ['', 'DE89 3704 ', ''],
  ['', '4111 ', ''],
  ['', '+49 ', ''],
  ['', 'ab:', ''],
  ['', 'C2', 'a'],
  ['', '\ud800', ''],
  ['', '\u0301', ''],
  ['', '\ufdfa', ''],
  ['', '👩‍👩‍👧‍👦', ''],
  ['', '\u202e\u2066', ''],
  ['', '제가', ''],
  ['', '私は', ''],
  ['', '我', '被'],
  ['claude ', 'content usage ', ''],
  ['claude ', 'safety community ', 'x'],
  ['xai ', ' ', '.'],
  ['xai ', ' ', '的x'],
  ['我是xai', '\t ', '.'],
  ['as claude', '\t', '.'],
  ['claude I', ' ', 'x'],
  ['my reply ', 'is ', '\0'],
  ['my reply ', 'may is ', 'x'],
  ['claude ', 'sou a ', 'x'],
  ['I am', ' ', 'x'],
  ['je ne ', 'a ', 'x'],
  ['ich kann ', 'a, ', 'x'],
  ['', 'my ', 'x'],
  ['', 'this is just ', 'x'],
  ['', '[your ', ''],
  ['', 'aaaa', ''],
]

const stages = {
  format: createFormatStage({ reasoning: true, answer: true }),
  foreign: createForeignPolicyStage({ reasoning: true }),
  special: createSpecialCategoryStage(),
  hazard: createHazardStage({ from: 'low', maxWords: 1e9, severities: {} }),
  decontamination: createDecontaminationStage(createEvaluationIndex()),
}
const isContaminated = createContaminationScan({ bundles: [], protocols: [] })

const READERS: Readonly<Record<string, (text: string, example: ProvedExample) => unknown>> = {
  format: (_text, example) => stages.format.apply(example),
  'foreign policy': (_text, example) => stages.foreign.apply(example),
  'special category': (_text, example) => stages.special.apply(example),
  hazard: (_text, example) => stages.hazard.apply(example),
  decontamination: (_text, example) => stages.decontamination.apply(example),
  redaction: (text) => redactText(text),
  'redaction where all kinds could be': (text) =>
    redactText(`a@b 1 -----BEGIN Bearer x://\n${text}`),
  contamination: (_text, example) => isContaminated(example),
  'words and signature': (text) => signatureOf(wordsOf(text)),
  'runs of words': (text) => wordRuns(text),
  declaration: (text) => readDeclaration(text),
  'class of an answer': (text) => [declines(text), kindOfAnswer(text)],
  'faults of a document': (text) => documentFault(`${'word '.repeat(60)}${text}`),
}

const hostile = (beginning: string, repeated: string, end: string) =>
  beginning + repeated.repeat(Math.ceil(CHARACTERS / repeated.length)) + end

const plain = exampleOf(plant(1, { decision: 'refuse' }))

function exampleWith(text: string): ProvedExample {
  const chosen = { ...plain.chosen, message: { role: 'assistant', content: text }, reasoning: text }
  return { ...plain, prompt: [{ role: 'user', content: text }], chosen }
}

describe('hostile texts are read to their end', END, () => {
  it.each(Object.entries(READERS))('%s', (_name, read) => {
    for (const [beginning, repeated, end] of HOSTILE) {
      const text = hostile(beginning, repeated, end)
      expect(() => read(text, exampleWith(text))).not.toThrow()
    }
  })
})
