import { describe, expect, it } from 'vitest'
import { matchQuery } from '../../../../src/policy/select/match-query.ts'
import { buildSelectionIndex } from '../../../../src/policy/select/selection-index.ts'
import { gardenBundle } from '../garden.ts'

const index = buildSelectionIndex(await gardenBundle())

/** Remembers what it is asked for. */
class ReadMap extends Map<string, number> {
  characters = 0

  override get(word: string): number | undefined {
    this.characters += word.length
    return super.get(word)
  }
}

function charactersLookedUp(text: string): number {
  const words = new ReadMap(index.words)
  matchQuery({ ...index, words }, { texts: [{ role: 'user', text }] })
  return words.characters
}

describe('the words that are looked up', () => {
  it.each([
    ['one character for four, without end', 'ⅷ'.repeat(100_000)],
    ['one character for four, and spaces', 'ⅷ '.repeat(100_000)],
    [
      'words of one for four, each another',
      Array.from({ length: 150 }, (_, at) => 'ⅷ'.repeat(at + 1)).join(' '),
    ],
    ['one character for eighteen', '\ufdfa'.repeat(100_000)],
    ['two alphabets in one word', 'aа'.repeat(100_000)],
    ['two alphabets and one for four', 'aⅷа'.repeat(100_000)],
    ['the same in base64', btoa('viii '.repeat(2_000))],
  ])('are bounded once the text is folded: %s', (_, text) => {
    // One word as it is, stemmed and unmasked: each no longer than twice what is read of a text.
    expect(charactersLookedUp(text)).toBeLessThan(3 * 2 * 12_000)
  })

  it('stand at either end of a text that grows', () => {
    const grown = '\ufdfa'.repeat(5_000)
    for (const text of [`poison ${grown}`, `${grown} poison`]) {
      const found = matchQuery(index, { texts: [{ role: 'user', text }] })
      expect(found.phrases.size).toBeGreaterThan(0)
    }
  })
})
