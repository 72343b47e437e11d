import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../src/text/fingerprint.ts'
import { createRunIndex } from '../../../src/text/run-index.ts'
import { joinedWords, printsOf, wordsOf } from '../../../src/text/words.ts'
import { wordsOfNumber } from '../harvest/stages/plant.ts'

const prints = (text: string) => printsOf(joinedWords(text))

describe('words', () => {
  it.each([
    ['', []],
    [' … ', []],
    ["It's 12 o'clock, Anna-Maria!", ['it', 's', '12', 'o', 'clock', 'anna', 'maria']],
    ['Ça va ? ２ Äpfel', ['ça', 'va', '2', 'äpfel']],
    ['天气 good', ['天', '气', 'good']],
  ])('of %j are the same joined, listed and as fingerprints', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
    expect(joinedWords(text)).toBe(words.join(' '))
    expect([...prints(text)]).toEqual(words.map((word) => fingerprint(word) | 0))
  })
})

describe('runs', () => {
  it('are found wherever they stand in a text, and not when a word of them differs', () => {
    const index = createRunIndex(13)
    const words = wordsOfNumber(1, 13).split(' ')
    index.add(prints(words.join(' ')))
    for (const before of [0, 1, 12, 13, 14, 200]) {
      const around = [wordsOfNumber(2, before), wordsOfNumber(3, 20)] as const
      expect(index.overlaps(prints(`${around[0]} ${words.join(' ')} ${around[1]}`))).toBe(true)
      const altered = words.with(before % 13, 'else').join(' ')
      expect(index.overlaps(prints(`${around[0]} ${altered} ${around[1]}`))).toBe(false)
    }
  })

  it('are learned while there is room, and it says when there was none', () => {
    const index = createRunIndex(3)
    const text = prints(wordsOfNumber(1, 10))
    expect(index.add(text, () => index.size < 5)).toBe(false)
    expect(index.size).toBe(5)
    expect(createRunIndex(3).add(text)).toBe(true)
  })
})
