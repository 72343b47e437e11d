import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Models that read of being watched learn to hide, so no prompt and no policy may speak of it. */
const FORBIDDEN =
  /\b(?:judg(?:e|es|ed|ing|ement|ment)|scor(?:e|es|ed|ing)|grad(?:e|es|ed|er|ing)|monitor(?:s|ed|ing)?|evaluat(?:e|es|ed|ing|ion|ions|or))\b/i

const texts = readdirSync('policies', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md') && path !== 'README.md')
  .sort()

describe('the text that models read', () => {
  it('is there', () => {
    expect(texts.length).toBeGreaterThan(20)
  })

  it.each(texts)('%s does not speak of being watched', (path) => {
    const lines = readFileSync(join('policies', path), 'utf8').split('\n')
    const guilty = lines
      .map((line, index) => ({ line, number: index + 1 }))
      .filter(({ line }) => FORBIDDEN.test(line))
    expect(guilty).toEqual([])
  })
})
