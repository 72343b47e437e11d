/** Reads words and numbers that options were given. Pure. */
import { UsageError } from './io.ts'

/** Reads a whole number from 1 to `most`. @throws UsageError for anything else. */
export function countUpTo(most: number): (text: string, option: string) => number {
  return function readCount(text, option) {
    const count = Number(text)
    if (/^\d+$/.test(text) && count >= 1 && count <= most) return count
    throw new UsageError(`Set ${option} to a whole number from 1 to ${most}: ${text}`)
  }
}

/** Reads one of some words; `joined` are the words as people are told them. @throws UsageError for another. */
export function oneWordOf<const Word extends string>(
  words: readonly Word[],
  joined: string = words.join(' or '),
): (text: string, option: string) => Word {
  return function readWord(text, option) {
    const word = words.find((one) => one === text)
    if (word !== undefined) return word
    throw new UsageError(`Set ${option} to ${joined}: ${text}`)
  }
}
