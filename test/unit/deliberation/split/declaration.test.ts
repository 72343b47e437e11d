/** The decision line in the spellings models use. */
import { describe, expect, test } from 'vitest'
import { readDeclaration } from '../../../../src/deliberation/split/declaration.ts'

describe('readDeclaration', () => {
  test.each([
    ['decision: comply; clauses: GEN1, SHM3', 'comply', ['GEN1', 'SHM3']],
    ['why\ndecision: refuse; clauses: none\n\n', 'refuse', []],
    ['Decision: Safe-Complete; Clauses: SHM3.', 'safe_complete', ['SHM3']],
    [
      '**decision:** safe completion; **clauses:** [SHM3], `GEN2`',
      'safe_complete',
      ['SHM3', 'GEN2'],
    ],
    ['> **Decision: refuse; clauses: WPN1 (weapons), WPN1**', 'refuse', ['WPN1']],
    ['  - DECISION : comply ;clauses:GEN1 and GEN2', 'comply', ['GEN1', 'GEN2']],
    ['decision: comply', 'comply', []],
    ['Final decision: comply; clauses: none\r', 'comply', []],
    ['decision：refuse；clauses：GEN1、GEN2', 'refuse', ['GEN1', 'GEN2']],
    ['decision: refuse; clauses: A1\nNo.\ndecision: comply; clauses: A2\nDone.', 'comply', ['A2']],
    ['decision: comply|safe_complete|refuse; clauses: ID, ID', null, []],
    ['my decision: comply; clauses: A1', null, []],
    ['decision: maybe; clauses: A1', null, []],
    ['', null, []],
    ['\n', null, []],
  ])('%j declares %j', (text, decision, clauses) => {
    expect(readDeclaration(text)).toEqual({ decision, clauses })
  })
})
