import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../../../src/policy/bundle.ts'
import type { PolicyFile } from '../../../../src/policy/write/problem.ts'
import { altered, gardenBundle, gardenFiles } from '../garden.ts'

const SAW = 'sections/SAW.md'

/** Every error of a folder, as `file:line: message`. */
async function errorsOf(files: readonly PolicyFile[]): Promise<readonly string[]> {
  const { problems } = await compilePolicy(files)
  return problems
    .filter(({ severity }) => severity === 'error')
    .map(({ file, line, message }) => `${file}:${line}: ${message}`)
}

const heading = (name: string) => `Write this heading as "## ${name}", and nothing else on its line`
const noClause = (id: string) =>
  `Begin the rule at the margin as "- **${id}** …", under ## Allowed, ## Disallowed or ## Safe completion; where ${id} is only mentioned, write it without asterisks`

describe('a heading of a section', () => {
  it.each([
    ['with a closing #', '## Allowed ##'],
    ['underlined', 'Allowed\n-------'],
    ['in small letters', '## allowed'],
    ['with more spaces', '##   Allowed  '],
  ])('is the same heading %s', async (_, written) => {
    const files = altered(SAW, '## Allowed', written)
    expect(await errorsOf(files)).toEqual([])
    expect((await gardenBundle(files)).digest).toBe((await gardenBundle()).digest)
  })

  it.each([
    ['with a colon', '## Allowed:'],
    ['of another level', '### Allowed'],
    ['of the highest level', '# Allowed'],
    ['underlined twice', 'Allowed\n======='],
    ['in bold', '**Allowed**'],
    ['in bold marks of its own', '## **Allowed**'],
    ['without a space', '##Allowed'],
  ])('is one error, and no other follows: %s', async (_, written) => {
    expect(await errorsOf(altered(SAW, '## Allowed', written))).toEqual([
      `${SAW}:18: ${heading('Allowed')}`,
    ])
  })

  it('is one error where it is indented', async () => {
    expect(await errorsOf(altered(SAW, '## Allowed', '  ## Allowed'))).toEqual([
      `${SAW}:18: Put the heading at the margin, outside of lists and quotes`,
    ])
  })

  it('is not what a line below a text makes of it', async () => {
    const files = altered(SAW, '## Examples', 'So much for reasons.\n---\n\n## Examples')
    expect(await errorsOf(files)).toEqual([
      expect.stringMatching(
        /^sections\/SAW\.md:30: Use a known heading instead of "## So much for reasons\."; where it is no heading, leave an empty line between the text and the line below it: ## Definitions, /,
      ),
    ])
  })

  it('is missed once for all that stands above the first', async () => {
    const files = altered(SAW, '## Definitions', 'A note.\n\nAnother note.\n\n## Definitions')
    expect(await errorsOf(files)).toEqual([
      expect.stringMatching(/^sections\/SAW\.md:14: Put this text under a heading: /),
    ])
  })
})

describe('a clause id in bold that is no clause', () => {
  const rule = '- **SAW2** Do not explain how to run a tool without its guard.'

  it.each([
    ['in a list in a list', `${rule}\n  - **SAW3** Sell none.`, 25, 'SAW3'],
    ['in a row of a table', `${rule}\n\n| **SAW3** | Sell none. |`, 26, 'SAW3'],
    ['in a numbered list in a list', `${rule}\n  1. **SAW3** Sell none.`, 25, 'SAW3'],
    ['in a paragraph', `${rule}\n\n**SAW3** Sell none.`, 26, 'SAW3'],
    ['in a quote', `${rule}\n\n> **SAW3** Sell none.`, 26, 'SAW3'],
    ['in a heading', `${rule}\n\n### **SAW3** Sell none.`, 26, 'SAW3'],
    ['below a rule', `${rule}\n– **SAW3** Sell none.`, 25, 'SAW3'],
    ['behind a number', `${rule}\n(3) **SAW3** Sell none.`, 25, 'SAW3'],
    ['behind a letter', `${rule}\n\na. **SAW3** Sell none.`, 26, 'SAW3'],
    ['in other bold marks', `${rule}\n\n__SAW3__ Sell none.`, 26, 'SAW3'],
    ['with a space', `${rule}\n\n**SAW 3** Sell none.`, 26, 'SAW 3'],
    ['of another section', `${rule}\n\n**SAX3** Sell none.`, 26, 'SAX3'],
    ['amid a rule', '- **SAW2** Unlike **SAW1**, this is refused.', 24, 'SAW1'],
  ])('is refused %s', async (_, written, line, id) => {
    expect(await errorsOf(altered(SAW, rule, written))).toEqual([`${SAW}:${line}: ${noClause(id)}`])
  })

  it.each([
    ['a rationale', 'A guard is there', '**SAW1** holds: a guard is there'],
    ['examples', '- Safe completion (SAW2)', '- **SAW2** Safe completion'],
    ['a fallback', "I can't help", "**SAW2** I can't help"],
  ])('is refused in %s', async (_, before, after) => {
    expect(await errorsOf(altered(SAW, before, after))).toEqual([
      expect.stringMatching(/: Begin the rule at the margin as "- \*\*SAW\d\*\* …"/),
    ])
  })

  it('is told once where its bullet is wrong as well', async () => {
    const files = altered(SAW, rule, '• **SAW3** Sell none.\n\n– **SAW4** Lend none.')
    expect(await errorsOf(files)).toEqual([
      `${SAW}:24: Begin an item with - and a space, instead of •`,
      `${SAW}:26: Begin an item with - and a space, instead of –`,
    ])
  })

  it('is none of another word in bold', async () => {
    const files = altered(SAW, 'A guard is there', 'An **MP3** is a file. A guard is there')
    expect(await errorsOf(files)).toEqual([])
  })

  it('leaves numbered rules what they are', async () => {
    expect(await errorsOf(altered(SAW, rule, rule.replace('-', '1.')))).toEqual([])
  })
})

describe('a text that is sent or shown', () => {
  it.each([
    ['a fallback', SAW, "I can't help", "I can't help <!-- legal: we lost that case -->"],
    ['a rule', SAW, 'Explain sharpening', '<!-- ask Ann --> Explain sharpening'],
    ['a style of a section', 'sections/POI.md', 'Say no in', 'Say no <!-- or not? --> in'],
    ['a style', 'style/refuse.md', 'Say no kindly.', 'Say no kindly.\n\n<!-- or not? -->'],
  ])('holds no comment: %s', async (_, file, before, after) => {
    expect(await errorsOf(altered(file, before, after))).toEqual([
      expect.stringMatching(
        new RegExp(`^${file}:\\d+: Take this comment out, for models and users would read it`),
      ),
    ])
  })

  it('holds no comment in a summary', async () => {
    const files = altered(SAW, 'summary: Explain', 'summary: <!-- draft --> Explain')
    expect(await errorsOf(files)).toEqual([
      `${SAW}:4: Correct summary: take the comment <!-- … --> out: models would read it`,
    ])
  })

  it('is told of one slip once, whatever leans on the rules it hides', async () => {
    const files = altered(
      SAW,
      '## Disallowed',
      '<!--\n## Disallowed\n\n- **SAW3** Nothing of the kind.\n-->',
    )
    expect(await errorsOf(files)).toEqual([
      `${SAW}:22: Take this comment out, for models and users would read it, and keep notes in README.md: <!--`,
    ])
  })
})

describe('the head of a section', () => {
  it.each([
    ['no id', 'id: SAW\n', '', 2, 'Add the key id, as in "id: GAM"'],
    [
      'an empty key',
      'title: Chainsaws and sharp tools',
      'title:',
      3,
      'Add the key title, as in "title: Gambling"',
    ],
    [
      'always: no',
      'severity: medium',
      'severity: medium\nalways: no',
      6,
      'Correct always: write true or false, here false',
    ],
    [
      'a list without brackets',
      'severity: medium',
      'severity: medium\noverrides: GRD, POI',
      6,
      'Correct overrides: write a list in brackets, as in [GRD, POI]',
    ],
    [
      'a colon in a text',
      'title: Chainsaws',
      'title: Tools: chainsaws',
      3,
      'Put the text of title in quotes: title: "Tools: chainsaws and sharp tools"',
    ],
    [
      'no space after a colon',
      'id: SAW',
      'id:SAW',
      2,
      'Put a colon and a space after id, as in id: SAW',
    ],
    [
      'an open bracket',
      'severity: medium',
      'severity: medium\nlocales: [en, de',
      6,
      'Close the bracket that locales begins with: put ] at its end',
    ],
    [
      'an open quote',
      'severity: medium',
      'severity: "medium',
      5,
      'Close the quote that opens here: "medium',
    ],
    [
      'a sign with a meaning',
      'title: Chainsaws',
      'title: @Chainsaws',
      3,
      'Put the text of title in quotes: title: "@Chainsaws and sharp tools"',
    ],
    [
      'text behind a quote',
      'title: Chainsaws',
      'title: "Chainsaws"',
      3,
      `Put the text of title in quotes: title: '"Chainsaws" and sharp tools'`,
    ],
    ['a tab', 'triggers:', 'triggers:\n\t- saw', 9, 'Indent this line with spaces instead of tabs'],
  ])('is told in words for its author: %s', async (_, before, after, line, message) => {
    const errors = await errorsOf(altered(SAW, before, after))
    expect(errors[0]).toBe(`${SAW}:${line}: ${message}`)
  })
})

describe('the files of a policy', () => {
  it.each([
    ['sections/._SAW.md', '\u0000\u0005\u0016\u0007'],
    ['.DS_Store', '\u0000\u0000\u0000\u0001Bud1'],
    ['sections/.SAW.md.swp', 'b0VIM 8.2'],
    ['sections/SAW.md~', 'an older text'],
    ['sections/#SAW.md#', 'a newer text'],
    ['__MACOSX/sections/._SAW.md', ''],
    ['tests/._cases.jsonl', '\u0000'],
    ['style/.refuse.md.swx', ''],
  ])('are without what a system or an editor leaves: %s', async (path, text) => {
    const files = [...gardenFiles, { path, text }]
    expect(await errorsOf(files)).toEqual([])
    expect((await gardenBundle(files)).digest).toBe((await gardenBundle()).digest)
  })
})

describe('what policies/README.md says of Markdown', () => {
  const page = readFileSync('policies/README.md', 'utf8')
  const rows = page.split('| written | told |')[1]?.split('\n\n')[0]?.split('\n').slice(2) ?? []
  const examples = rows.flatMap((row) => {
    const [, written = '', told = ''] = row
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|'))
    return [...written.matchAll(/`([^`]+)`/g)].map(
      ([, text = '']) => [text.replaceAll('⏎', '\n'), told] as const,
    )
  })

  it('shows every kind of refusal', () => {
    expect(rows.length).toBeGreaterThan(25)
    expect(examples.length).toBeGreaterThan(rows.length)
  })

  it.each(examples)('is so: %j is told: %s', async (written, told) => {
    const last = '- **SAW2** Do not explain how to run a tool without its guard.'
    const text = written.replaceAll('GAM', 'SAW')
    const errors = await errorsOf(altered(SAW, last, `${last}\n\nText.\n\n${text}`))
    expect(errors.filter((error) => error.includes(`: ${told}`))).toHaveLength(1)
  })
})
