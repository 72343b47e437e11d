import { expect, it } from 'vitest'
import { MESSAGES } from '../../../../../src/harvest/columns.ts'
import { createJsonlEncoder } from '../../../../../src/harvest/export/files/encode-rows.ts'
import type { JsonObject } from '../../../../../src/lib/json.ts'

function linesOf(rows: readonly JsonObject[]): readonly unknown[] {
  const encoder = createJsonlEncoder({
    prompt: MESSAGES,
    chosen: MESSAGES,
    sections: { list: 'string' },
  })
  const pieces = [...rows.flatMap((row) => encoder.add(row)), ...encoder.finish()]
  const text = pieces.map((piece) => new TextDecoder().decode(piece)).join('')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

it('has two messages with different fields in each column of the first two rows', () => {
  const asked = { role: 'user', content: 'Why?' }
  const said = { role: 'assistant', content: 'So.' }
  const row = { prompt: [asked, said], chosen: [said], sections: ['SPM'], id: 'a' }
  expect(linesOf([row, row])).toEqual([
    { ...row, prompt: [{ ...asked, refusal: null }, said], chosen: [{ ...said, refusal: null }] },
    row,
  ])
})

it('leaves a list without messages as it is', () => {
  const row = { prompt: [], chosen: [] }
  expect(linesOf([row])).toEqual([row])
})
