/**
 * Every place where what people wrote is opened has its row in the table of decision 0035, which says what becomes of personal data
 * there: a new way out is in no dataset before somebody has thought of it.
 */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { redactionPage } from '../../src/harvest/redaction/tell.ts'

const page = readFileSync('deploy/decisions/0035-redaction-says-what-it-knows.md', 'utf8')
const [, table = ''] = page.split('## Ways out')
const told = [...table.matchAll(/`(src\/[^`]+)`/g)].map(([, path = '']) => path)

/** What opens a record, and what reads one from a store. */
const DOORS =
  /\b(?:decodeTranscript|openStored|readTranscript|unseal)\b(?=[,\s}(])|\b(?:store|transcripts)\.read\((?!clock)/

const opening = globSync('src/**/*.ts')
  .map((path) => path.replaceAll('\\', '/'))
  // Here records are kept, and what opens them is made.
  .filter((path) => !path.startsWith('src/transcript/') && path !== 'src/cli/shell/unseal.node.ts')
  .filter((path) => DOORS.test(readFileSync(path, 'utf8')))

describe('what people wrote', () => {
  it('is opened in no place that the table does not name', () => {
    expect(opening.filter((path) => !told.includes(path))).toEqual([])
  })

  it('is told of in no place that does not open it', () => {
    expect(told.filter((path) => !opening.includes(path))).toEqual([])
  })
})

it('docs/data.md says what redaction finds and what it does not', () => {
  expect(readFileSync('docs/data.md', 'utf8')).toContain(redactionPage())
})
