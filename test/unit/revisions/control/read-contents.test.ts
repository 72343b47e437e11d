/** Revisions made to hold everybody up: told in a sentence, or checked while others go on. */
import { describe, expect, it } from 'vitest'
import { nextTurn } from '../../../../src/lib/in-turns.ts'
import type { JsonObject, JsonValue } from '../../../../src/lib/json.ts'
import type { Section } from '../../../../src/policy/section.ts'
import { readContents } from '../../../../src/revisions/control/read-contents.ts'
import { runTests } from '../../../../src/revisions/control/run-tests.ts'
import { contentOf, smallPolicy } from '../../../fakes/revisions.ts'

const SECTIONS = 200
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const idOf = (at: number) => `S${LETTERS[Math.floor(at / 26) % 26]}${LETTERS[at % 26]}`
const ids = Array.from({ length: SECTIONS }, (_, at) => idOf(at))
const words = (count: number, of: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => of(at))

const original = smallPolicy()

/** A policy of many sections, each like the other but for what is made of it. */
async function manySections(change: (at: number) => Partial<Section> = () => ({})) {
  const { id, ...content } = contentOf((await original).bundle) as JsonObject
  const [base] = content.sections as unknown as readonly Section[]
  const sections = ids.map((id, at) => ({
    ...base,
    id,
    title: `Section ${id}`,
    summary: `What is said of w${at}`,
    triggers: [`word w${at}`],
    overrides: [],
    clauses: [
      { id: `${id}1`, side: 'allowed', text: 'Help.' },
      { id: `${id}2`, side: 'disallowed', text: 'Do not.' },
    ],
    allowed: `- **${id}1** Help.`,
    disallowed: `- **${id}2** Do not.`,
    ...change(at),
  }))
  const tests = ids.map((id, at) => ({
    id: `c${at}`,
    messages: [{ role: 'user', content: `word w${at}` }],
    expect: { sections: [id] },
  }))
  const bundle = { ...content, id, precedence: ids, sections } as unknown as JsonObject
  return { bundle, tests: tests as unknown as JsonValue }
}

async function check(submission: { readonly bundle: JsonValue; readonly tests: JsonValue }) {
  let turns = 0
  let isOver = false
  const others = (async () => {
    for (; !isOver; turns++) await nextTurn()
  })()
  const contents = await readContents({
    policy: 'small',
    submission: { ...submission, files: null },
    signed: null,
    findContent: async () => null,
  })
  const tested = contents.ok ? await runTests(contents.value, { decideCase: null }) : null
  isOver = true
  await others
  return { contents, tested, turns }
}

describe('while a hostile revision is checked, others go on', () => {
  it.each<[kind: string, change: (at: number) => Partial<Section>]>([
    ['is only large', () => ({ rationale: words(500, (at) => `word${at}`).join(' ') })],
    ['overrides whatever comes after', (at) => ({ overrides: ids.slice(at + 1) })],
    [
      'has summaries that are nearly alike',
      (at) => ({ summary: words(90, (word) => `s${word + at * 9}`).join(' ') }),
    ],
    [
      'names clauses by the hundred',
      () => ({ rationale: words(300, (at) => `${ids[at]}1`).join(' ') }),
    ],
    [
      'has all the triggers there may be',
      (at) => ({ triggers: words(90, (word) => `word w${at + word * 7}`) }),
    ],
  ])('which %s', async (_kind, change) => {
    const { contents, turns } = await check(await manySections(change))
    expect(contents).toMatchObject({ ok: true })
    // A section is read, checked, and indexed twice: each is a step, and a turn holds some of them.
    expect(turns).toBeGreaterThan(SECTIONS / 4)
  })
})

describe('a revision of a large policy', () => {
  it('may have triggers by the hundred to a section', async () => {
    const { bundle, tests } = await manySections((at) => ({
      triggers: words(105, (word) => `w${at} t${word}`),
    }))
    expect((await check({ bundle, tests })).contents).toMatchObject({ ok: true })
  })
})

describe('a revision that asks for too much', () => {
  const messagesOf = ({ contents }: Awaited<ReturnType<typeof check>>) =>
    contents.ok ? [] : contents.failure.map(({ message, pointer }) => [message, pointer])

  it('of a list without end is told before it is read', async () => {
    const { bundle, tests } = await manySections()
    const precedence = words(20_001, () => 'SAA')
    expect(messagesOf(await check({ bundle: { ...bundle, precedence }, tests }))).toEqual([
      ['Send lists of at most 20000 items: one has 20001', '/bundle'],
    ])
  })

  it('of values without end is told before they are read', async () => {
    const { bundle, tests } = await manySections((at) => ({
      triggers: words(1_600, (word) => `t${at} ${word}`),
    }))
    expect(messagesOf(await check({ bundle, tests }))).toEqual([
      ['Send at most 300000 values in all', '/bundle'],
    ])
  })

  it('of too many triggers with a word in common is told how many there may be', async () => {
    const { bundle, tests } = await manySections((at) => ({
      triggers: words(105, (word) => `saw w${at}x${word}`),
    }))
    expect(messagesOf(await check({ bundle, tests }))).toEqual([
      [
        'Leave triggers out, here first: 21000 of 21000 share the word "saw", and at most 5000 may',
        '/bundle/sections/0/triggers',
      ],
    ])
  })

  it('of empty lines is told how many there may be', async () => {
    const { bundle, tests } = await manySections(() => ({ rationale: '\n'.repeat(600) }))
    expect(messagesOf(await check({ bundle, tests }))).toEqual([
      ['Send texts of at most 100000 lines together: these have 120000', undefined],
    ])
  })

  it('whose every section is wrong is told of some', async () => {
    const { bundle, tests } = await manySections(() => ({
      triggers: words(100, () => 1 as unknown as string),
    }))
    const messages = messagesOf(await check({ bundle, tests }))
    expect(messages.length).toBeLessThan(1_200)
    expect(messages[0]?.[1]).toBe('/bundle/sections/0/triggers/0')
  })
})
