/**
 * Sentences of real prompts and recorded answers, drawn by number: the same number draws the same. Where the recordings are
 * absent, made-up words stand for them. Reads test data.
 */
import { findForeign } from '../src/harvest/stages/foreign-policy.ts'
import { spread } from '../src/text/min-hash.ts'
import { samplePrompts } from '../test/fakes/real-prompts.ts'
import { tell } from '../test/fakes/recorded-answer.ts'
import { loadExchanges } from '../test/fakes/replay.ts'

export type Draw = {
  word(): string
  asked(count: number): readonly string[]
  answered(count: number): readonly string[]
  /** Without numbers, which a hazard is told by. */
  thought(count: number): readonly string[]
}

export type Sentences = { from(number: number): Draw }

const END = /(?<=[.!?。！？])\s*|\n+/
/** Signs of markup are a boundary to some stages. */
const MARKUP = /[<>[\]◁`$|{}*#@]|decision|clauses/i

export function createSentences(): Sentences {
  const asked = cut(
    (['benign', 'safety'] as const)
      .flatMap((kind) => samplePrompts(kind, 100_000))
      .flatMap(({ steps, opening }) => [...steps, ...opening.map(({ content }) => content)]),
  )
  const answered = cut(
    (loadExchanges() ?? [])
      .filter(({ response }) => response.status === 200)
      .flatMap(({ response }) => {
        const told = tell(response.body)
        return told.kind === 'answer' ? told.choices.map(({ text }) => text) : []
      }),
  ).filter((sentence) => findForeign(sentence, '') === null)
  const plain = answered.filter((sentence) => !/\d/.test(sentence))
  return {
    from(number) {
      const next = createSequence(number)
      const word = () => wordOf(next())
      const madeUp = () => `${Array.from({ length: 9 }, word).join(' ')}.`
      const draw = (pool: readonly string[], count: number) =>
        Array.from({ length: count }, () => pool[next() % pool.length] ?? madeUp())
      return {
        word,
        asked: (count) => draw(asked, count),
        answered: (count) => draw(answered, count),
        thought: (count) => draw(plain, count),
      }
    },
  }
}

function cut(texts: readonly unknown[]): readonly string[] {
  const sentences = texts
    .filter((text) => typeof text === 'string')
    .flatMap((text) => text.split(END).map((sentence) => sentence.trim()))
  return [...new Set(sentences)].filter(
    (sentence) => sentence.length >= 20 && sentence.length <= 300 && !MARKUP.test(sentence),
  )
}

/** By number and place alone: in a sequence that went on from its last value, two numbers would soon draw the same, one step apart. */
function createSequence(number: number): () => number {
  const key = spread(number)
  let place = 0
  return () => spread(key ^ spread(++place)) >>> 0
}

function wordOf(number: number): string {
  return number.toString(26).replace(/[0-9]/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '')
}
