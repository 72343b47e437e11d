/**
 * No regular expression takes more than in proportion to the text it reads: each is run by an engine that counts its steps, over
 * texts made of its own signs. So a new one is tried without being named anywhere.
 */
import { describe, expect, it, vi } from 'vitest'
import { singleSpaced } from '../../src/text/word-pattern.ts'
import { findGrowth } from './growth/find-growth.ts'
import { loadPatterns, readPatterns } from './growth/read-patterns.ts'

const { written, makers } = readPatterns()

/** What a file that puts patterns together reads with them, where that is not any text. */
const READS: Readonly<Record<string, (text: string) => string>> = {
  'text/word-pattern.ts': singleSpaced,
  // The opening of an answer.
  'deliberation/declining.ts': (text) => singleSpaced(text.slice(0, 160)),
  // A boundary, whose length was measured.
  'deliberation/split/boundary-marker.ts': (text) => text.slice(0, 200),
  'deliberation/neutralise.ts': (text) => text.slice(0, 200),
}

/** Copies of one that is written down, as its reader needs a place of its own. */
const WHEN_CALLED: readonly string[] = ['deliberation/split/marker-scanner.ts']

describe('the search for growth', () => {
  it.each([
    ['a run up to an end', /\s+$/],
    ['the same, in lines', /[ \t]+$/m],
    ['two runs of one sign', /^a\s*(?:;b\s*)?;?\s*$/],
    ['a run within a run', /^(?:a+)+b/],
    ['options that overlap', /^(?:a|ab|b)*c/],
    ['an end that is missed from every beginning', /<[^>]*>|</g],
    ['strings that never close', /"(?:[^"\\]|\\.)*"|\d+/g],
    ['a word that is looked over from each of its signs', /(?=\w*\d)\w{3,}x/g],
    ['looking back over all that was', /(?<=a.*)b/g],
    ['marks by their property', /\p{M}+x/u],
    ['what a group had, once more', /(\w+)\1x/],
    ['a lazy run from every beginning', /a.*?b/],
    ['words within a run on both sides', /(?<!\w)\w*(?:ab|cd)\w*(?![\w!])/],
  ])('finds %s', (_kind, { source, flags }) => {
    expect(findGrowth({ source, flags })?.ratio).toBeGreaterThan(3)
  })

  it.each([
    ['a run that begins once', /(?<!\s)\s+$/],
    ['bounded runs', /a.{0,40}b/],
    ['runs of signs apart', /^\s*\w+\s*=\s*"[^"]*"$/],
    ['a string that may end with the text', /"(?:[^"\\]|\\(?:.|$))*(?:"|$)/gs],
    ['words by their letters', /[\p{L}\p{N}]+/gu],
  ])('lets %s be', (_kind, { source, flags }) => {
    expect(findGrowth({ source, flags })).toBeNull()
  })
})

describe('every regular expression takes steps in proportion to its text', () => {
  const growing = (
    patterns: readonly { readonly source: string; readonly flags: string }[],
    reads?: (text: string) => string,
  ) => {
    const distinct = new Map(patterns.map((one) => [`/${one.source}/${one.flags}`, one]))
    return [...distinct.values()].flatMap((pattern) => {
      const growth = findGrowth(pattern, reads)
      return growth ? [{ ...pattern, ...growth }] : []
    })
  }

  it('where it is written down', () => {
    expect(growing(written)).toEqual([])
  })

  it('where it is put together', async () => {
    vi.resetModules()
    const made = await loadPatterns(makers)
    const loaded = new Set(made.map(({ place }) => place))
    expect(makers.filter((maker) => !loaded.has(maker))).toEqual(WHEN_CALLED)
    const byMaker = Object.entries(Object.groupBy(made, ({ place }) => place))
    expect(byMaker.flatMap(([maker, all = []]) => growing(all, READS[maker]))).toEqual([])
  })
})
