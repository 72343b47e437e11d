import { describe, expect, it } from 'vitest'
import { unmaskWords } from '../../../src/text/unmask.ts'

describe('words unmasked', () => {
  it.each([
    ['pоisоn', 'poison'],
    ['сhаinsаw', 'chainsaw'],
    ['вomв', 'bomb'],
    ['νaτe', 'vate'],
    ['ᴘoison', 'poison'],
    ['pꭵstol', 'pistol'],
  ])('of letters of two alphabets, %j is %j', (text, word) => {
    expect(unmaskWords(text)).toEqual([word])
  })

  it.each(['молоко', 'λόγος', '政策', 'poison', 'naïve'])('are none in %j', (text) => {
    expect(unmaskWords(text)).toEqual([])
  })

  it.each(['aа', 'aаа ', 'а', 'a1а', 'аa-'])('are no longer than the text: %j, often', (unit) => {
    const text = unit.repeat(50_000)
    const characters = unmaskWords(text).reduce((sum, word) => sum + word.length, 0)
    expect(characters).toBeLessThanOrEqual(2 * text.length)
  })
})
