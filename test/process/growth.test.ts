/**
 * No function that reads what others write takes more than in proportion to it. Those that take a text and nothing else are found and
 * tried by themselves; one that takes more has a line in `growth/readers.ts`, or a reason there.
 */
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCounting, stopCounting } from './growth/count-work.ts'
import { findGrowth } from './growth/find-growth.ts'
import { HOSTILE_TEXTS } from './growth/hostile-texts.ts'
import { PATHS, READERS, type Read, WITHOUT_LINE } from './growth/readers.ts'
import { type TextFunction, textFunctions } from './growth/text-functions.ts'

/** The rooms that read what others write. */
const ROOMS = [
  'access',
  'conversation',
  'deliberation',
  'harvest',
  'http',
  'jobs',
  'lib',
  'model',
  'policy',
  'stand-in',
  'text',
  'v1',
  'wire',
]

const functions = textFunctions(ROOMS)
const alone = functions.filter(({ takesMore }) => !takesMore)
const reasons = Object.values(WITHOUT_LINE).flat()

async function readerOf({ path, name, takes }: TextFunction): Promise<Read> {
  const module: Readonly<Record<string, (read: unknown) => unknown>> = await import(
    /* @vite-ignore */ resolve('src', path)
  )
  const read = module[name]
  if (!read) throw new Error(`${path} exports no ${name}`)
  if (takes === 'bytes') return (text) => read(new TextEncoder().encode(text))
  return takes === 'texts' ? (text) => read(text.match(/.{1,8}/gsu) ?? []) : read
}

/** The hostile texts over which it takes too long, with how much. */
const growing = (read: Read) =>
  HOSTILE_TEXTS.flatMap(({ name, textOf }) => {
    const growth = findGrowth(read, textOf)
    return growth ? [{ text: name, ...growth }] : []
  })

beforeAll(startCounting)
afterAll(stopCounting)

describe('a count of work', () => {
  const textOf = (length: number) => 'a'.repeat(length)
  const pieces = (text: string): readonly string[] => text.match(/../g) ?? []

  it.each<[name: string, read: Read]>([
    [
      'loops within loops',
      (text) => {
        for (const one of text) for (const two of text) if (one !== two) return
      },
    ],
    ['searches from every place', (text) => Array.from(text, (_, at) => text.indexOf('b', at))],
    [
      'searches back from every place',
      (text) => Array.from(text, (_, at) => text.lastIndexOf('b', at)),
    ],
    [
      'patterns that look to the end from every place',
      (text) => Array.from(text, (_, at) => /b/.test(text.slice(at))),
    ],
    [
      'lists that are copied to grow',
      (text) => {
        let all: readonly string[] = []
        for (const one of pieces(text)) all = [...all, one]
      },
    ],
    [
      'lists that are looked through for each item',
      (text) => pieces(text).map((one, at, all) => all.includes(`${one}${at}`)),
    ],
    [
      'lists whose first is taken off',
      (text) => {
        const all = Array.from(text)
        while (all.length > 0) all.shift()
      },
    ],
    [
      'texts that are parsed again for each piece',
      (text) => pieces(text).map(() => JSON.parse(JSON.stringify(text))),
    ],
    [
      'texts that are folded again for each piece',
      (text) => pieces(text).map(() => text.toLowerCase()),
    ],
  ])('tells %s', (_name, read) => {
    expect(findGrowth(read, textOf)?.ratio).toBeGreaterThan(3)
  })

  it.each<[name: string, read: Read]>([
    [
      'a loop',
      (text) => {
        let count = 0
        for (const one of text) if (one === 'b') count++
        return count
      },
    ],
    ['a replacement', (text) => text.replace(/a/g, 'bb').split('b').join('c')],
    ['a list sorted once', (text) => pieces(text).toSorted()],
    [
      'a search that goes on where it was',
      (text) => {
        let at = 0
        while (at !== -1) at = text.indexOf('a', at + 1)
      },
    ],
  ])('lets %s be', (_name, read) => {
    expect(findGrowth(read, textOf)).toBeNull()
  })
})

describe('what reads the text of others takes time in proportion to it', () => {
  it('each has a line, or a reason to have none', () => {
    const needed = functions.filter(({ takesMore }) => takesMore).map(({ key }) => key)
    const known = [...Object.keys(READERS), ...reasons].filter(
      (key) => !alone.some((one) => one.key === key),
    )
    expect(known.sort()).toEqual(needed.sort())
  })

  it.each(alone.filter(({ key }) => !reasons.includes(key)).map((one) => [one.key, one] as const))(
    '%s',
    async (_key, one) => {
      expect(growing(await readerOf(one))).toEqual([])
    },
  )

  it.each(Object.entries({ ...READERS, ...PATHS }))('%s', (_key, read) => {
    expect(growing(read)).toEqual([])
  })
})
