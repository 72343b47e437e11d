import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderBlocks, toMarkdown } from '../../../../src/policy/write/canonical.ts'
import { numberLines } from '../../../../src/policy/write/lines.ts'
import { readMarkdown } from '../../../../src/policy/write/read-markdown.ts'

const read = (text: string) => readMarkdown(numberLines(text))
const normal = (text: string) => renderBlocks(read(text).blocks)
const faultsOf = (text: string) =>
  read(text).faults.map(({ line, message }) => `${line}: ${message}`)

/** Texts within the subset, with the canonical text that digests were taken of before a parser read them. */
const KEPT: readonly (readonly [string, string])[] = readFileSync(
  'test/fixtures/markdown/canonical.jsonl',
  'utf8',
)
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as [string, string])

/** A folder of policies in the wild, where somebody names one. */
const WILD = process.env.CHAMBERS_POLICY_TEXTS ?? ''

/** Letters alone: what no layout may lose. Numbers of lists are written anew. */
const lettersOf = (text: string) => text.replace(/[^\p{L}]+/gu, '')

describe('markdown', () => {
  it.each([
    ['trailing and double spaces', 'a  b \nc', 'a b c'],
    ['CRLF and a byte-order mark', '\uFEFFa\r\nb\r\n', 'a b'],
    ['blank lines', 'a\n\n\n\nb\n\n', 'a\n\nb'],
    ['other bullets', '* a\n+ b', '- a\n- b'],
    ['numbers', '1) a\n2) b', '1. a\n2. b'],
    ['blank lines between items', '- a\n\n- b', '- a\n- b'],
    ['deeper indents', '- a\n     - b\n- c', '- a\n  - b\n- c'],
    ['tabs', '-\ta\n\t- b', '- a\n  - b'],
    ['no-break spaces', '-\u00a0a\u00a0b\n\u00a0\nc', '- a b\n\nc'],
    ['an indented second paragraph', '- a\n\n  b', '- a\n\n  b'],
    ['items below a number', '1. a\n   - b\n\n   c', '1. a\n  - b\n\n  c'],
    ['a year that opens a line', 'it began in\n1988. Then', 'it began in 1988. Then'],
    ['Chinese wrapped', '你好\n世界', '你好世界'],
    ['a heading beside text', '### a\nb', '### a\n\nb'],
    ['an underlined heading', 'a\n---\nb', '## a\n\nb'],
    ['code kept as it is', '```\n a  b\n```', '```\n a  b\n```'],
    ['code ended by a longer fence', '```\n a  b\n````\n- c', '```\n a  b\n````\n\n- c'],
    ['a quote', '> a\n>\n> b\nc', '> a b c'],
    ['a table', 'a\n| b |  c |\n|---|---|', 'a\n\n| b | c |\n|---|---|'],
    ['a line across', 'a\n\n***', 'a\n\n--- '],
    [
      'marks within a text',
      '*a* `b <i>` [c](d)\\_ &amp; 1 < 2',
      '*a* `b <i>` [c](d)\\_ &amp; 1 < 2',
    ],
  ])('is normalised: %s', (_, text, expected) => {
    expect(faultsOf(text)).toEqual([])
    expect(normal(text)).toBe(expected)
    expect(normal(toMarkdown(expected))).toBe(expected)
  })

  it('gives the canonical text that it gave before', () => {
    expect(KEPT.map(([text]) => [faultsOf(text), normal(text)])).toEqual(
      KEPT.map(([, canonical]) => [[], canonical]),
    )
  })

  it('gives the same again for what it gave', () => {
    expect(KEPT.map(([, canonical]) => normal(toMarkdown(canonical)))).toEqual(
      KEPT.map(([, canonical]) => canonical),
    )
  })

  it('drops no word', () => {
    for (const [text] of KEPT) expect(lettersOf(normal(text))).toEqual(lettersOf(text))
  })

  it.skipIf(!existsSync(WILD))(
    'reads texts of other houses, or says where it does not',
    { timeout: 600_000 },
    () => {
      const paths = readdirSync(WILD, { recursive: true, encoding: 'utf8' })
      const parts = paths
        .filter((path) => /\.(?:md|txt)$/.test(path))
        .flatMap((path) => readFileSync(join(WILD, path), 'utf8').split(/\n(?=#)/))
      for (const part of parts) {
        const { blocks, faults } = read(part)
        const canonical = renderBlocks(blocks)
        const lines = numberLines(part).length
        expect(faults.filter(({ line }) => line < 1 || line > lines)).toEqual([])
        if (faults.length > 0) continue
        expect(lettersOf(canonical)).toBe(lettersOf(part))
        expect(normal(toMarkdown(canonical))).toBe(canonical)
      }
    },
  )
})

const SEPARATE =
  'Leave an empty line above this one, and indent it as its neighbours are: else it may be text of the line above'
const INDENT =
  'Indent this as its neighbours are, or by two spaces more (three below 1.) where it belongs to the item above'
const CODE =
  'Put code at the margin; where this is none, put fewer spaces before it: four or more make code of it'
const HEADING = 'Put the heading at the margin, outside of lists and quotes'
const QUOTE = 'Put the quote at the margin, outside of lists and of other quotes'
const ITEM =
  'Begin each item on a line of its own, outside of quotes, and write 1988\\. where a number begins its text'
const TABLE = 'Put the table at the margin, outside of lists and quotes'
const comment = (text: string) =>
  `Take this comment out, for models and users would read it, and keep notes in README.md: ${text}`
const html = (text: string) =>
  `Write this without HTML, or in backticks where it is an example: ${text}`
const bullet = (sign: string) => `Begin an item with - and a space, instead of ${sign}`

describe('markdown outside of the subset', () => {
  it.each([
    ['a comment', 'a\n\n<!-- b\n- c\n-->\n- d', [`3: ${comment('<!-- b')}`]],
    ['a comment in a line', 'a <!-- legal: b -->', [`1: ${comment('<!-- legal: b -->')}`]],
    ['a comment over many blocks', 'a <!-- b\n\n- c\n\n-->', [`1: ${comment('<!-- b')}`]],
    ['a comment without an end', '<!-- a\n\n- b', [`1: ${comment('<!-- a')}`]],
    ['HTML', 'a\n\n<div>\nb\n</div>', [`3: ${html('<div>')}`]],
    ['a tag', 'a\nb <br> c', [`2: ${html('<br>')}`]],
    ['a tag in an item', '- a <b>', [`1: ${html('<b>')}`]],
    [
      'a link definition',
      'a\n\n[b]: https://example.org',
      [
        '3: Write the address where it belongs, as [words](address), instead of [b]: https://example.org',
      ],
    ],
    ['a picture', '- ![a](b)', ['1: Say it in words, or as a link, instead of a picture: ![a](b)']],
    ['a pasted bullet', '• a', [`1: ${bullet('•')}`]],
    ['a pasted bullet below an item', '- a\n• b', [`2: ${bullet('•')}`]],
    ['a bullet of a font of symbols', '\uF0B7 a', [`1: ${bullet('\uF0B7')}`]],
    ['an en dash that begins a paragraph', 'a\n\n– b', [`3: ${bullet('–')}`]],
    ['indented code', 'a\n\n    b', [`3: ${CODE}`]],
    ['fenced code that is indented', 'a\n\n    ```\n    b\n    ```', [`3: ${CODE}`]],
    ['an indented list', 'a\n\n    - b', [`3: ${CODE}`]],
    ['five spaces after a bullet', '-     a', [`1: ${CODE}`]],
    ['code in an item', '- a\n  ```\n  b\n  ```', [`2: ${CODE}`]],
    [
      'code without an end',
      '```\na\n\n- b',
      ['1: Close the code that begins here, with a line of ```'],
    ],
    [
      'a shorter end of code',
      '````\na\n```',
      ['1: Close the code that begins here, with a line of ````'],
    ],
    ['code on one line', '```a```', ['1: Begin and end code with a line of ``` at the margin']],
    ['a heading in an item', '- a\n  # b', [`2: ${HEADING}`]],
    ['a heading that is indented', 'a\n\n ### b', [`3: ${HEADING}`]],
    ['a heading without words', 'a\n\n###', ['3: Write a heading after the #']],
    [
      'a line below two lines of text',
      'a\nb\n---',
      ['3: Leave an empty line above this one: directly below a text it makes a heading of it'],
    ],
    ['a quote in an item', '- a\n  > b', [`2: ${QUOTE}`]],
    ['a quote in a quote', '> > a', [`1: ${QUOTE}`]],
    ['an empty quote', '>', ['1: Write what is quoted on the line of its >']],
    ['text right below a quote', '> a\n>\nb', [`3: ${SEPARATE}`]],
    ['a list in a quote', '> - a', [`1: ${ITEM}`]],
    ['a list in the line of an item', '- - a', [`1: ${ITEM}`]],
    ['a number that begins an item', '- 1988. Then', [`1: ${ITEM}`]],
    ['an empty item', '- a\n-\n- b', ['2: Write what this item says, or remove its -']],
    [
      'an item whose text follows',
      '-\n  a',
      ['1: Begin the text of this item on the line of its -'],
    ],
    ['an item indented by one', '- a\n - b', [`2: ${INDENT}`]],
    ['an item indented by two below a number', '1. a\n  - b', [`2: ${INDENT}`]],
    ['text indented by one below an item', '- a\n\n b', [`3: ${INDENT}`]],
    ['an item that is read as text', '- a\n      - b', [`2: ${SEPARATE}`]],
    ['a number that is read as text', '- a\n  2. b', [`2: ${SEPARATE}`]],
    ['a table in an item', '- a\n  | b |', [`2: ${TABLE}`]],
    ['a table in a quote', '> | a |', [`1: ${TABLE}`]],
    [
      'text right below a table',
      '| a |\nb',
      ['2: Leave an empty line below the table, or begin its row with |'],
    ],
    ['a table without outer |', 'a | b\n--- | ---', ['2: Begin each row of a table with |']],
    ['a line across with spaces', 'a\n\n- - -', ['3: Write a line across as ---']],
  ])('is refused by name: %s', (_, text, faults) => {
    expect(faultsOf(text)).toEqual(faults)
  })

  const deep = 'Nest lists and quotes at most 12 deep'
  const signs = 'Split this paragraph: it holds more than 500 of the signs * _ ` [ ] < ! & \\'
  it.each([
    ['nested quotes', `a\n\n${'> '.repeat(10_000)}b`, `3: ${deep}`],
    ['bullets in one line', '- '.repeat(10_000), `1: ${deep}`],
    [
      'a staircase of lists',
      Array.from({ length: 40 }, (_, at) => `${'  '.repeat(at)}- a`).join('\n'),
      `26: ${deep}`,
    ],
    ['asterisks', `a\n\n${'*'.repeat(10_000)}`, `3: ${signs}`],
    ['asterisks over many lines', `- ${'**a\n  '.repeat(1_000)}`, `1: ${signs}`],
    ['brackets', '![[](<'.repeat(1_000), `1: ${signs}`],
    ['comments', 'a <!-- '.repeat(1_000), `1: ${signs}`],
    [
      'lines',
      '\n'.repeat(3_000),
      '1: Split this text: it may have 100000 characters and 3000 lines, and has 3001 and 3001',
    ],
    [
      'characters',
      'a'.repeat(200_000),
      '1: Split this text: it may have 100000 characters and 3000 lines, and has 200001 and 1',
    ],
  ])('is refused before it is parsed, where it holds too many %s', (_, text, fault) => {
    expect(read(text)).toMatchObject({ blocks: [] })
    expect(faultsOf(text)).toEqual([fault])
  })

  it('counts the signs of each item by itself', () => {
    expect(faultsOf('- **A1** a `b` [c](d)\n'.repeat(500))).toEqual([])
  })
})
