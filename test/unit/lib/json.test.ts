import { expect, test } from 'vitest'
import { MAX_JSON_DEPTH, parseJson } from '../../../src/lib/json.ts'

const isTooDeep = (text: string, maxDepth?: number) => {
  const parsed = parseJson(text, maxDepth)
  return !parsed.ok && parsed.failure.reason === 'too_deep'
}

test.each([
  ['a quote behind one backslash', String.raw`["\"[[[", [[1]]]`, false],
  ['a quote behind two', String.raw`["\\", [[1]]]`, false],
  ['brackets in strings', '["[[[[", "{{{{"]', false],
  ['nesting after a quote in a string', String.raw`["\"[", [[[1]]]]`, true],
  ['nesting after a backslash at the end of a string', String.raw`["\\", [[[1]]]]`, true],
  ['a string that never closes', '["[[[[', false],
])('counts levels outside strings alone: %s', (_, text, tooDeep) => {
  expect(isTooDeep(text, 3)).toBe(tooDeep)
})

test('finds the level that is too deep as a reader of every character does', () => {
  const signs = '"\\[]{}a'
  let state = 7
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 8
  }
  for (let count = 0; count < 20_000; count++) {
    const text = Array.from({ length: 1 + (next() % 16) }, () => signs[next() % 7]).join('')
    expect([text, isTooDeep(text, 2)]).toEqual([text, readEach(text, 2)])
  }
})

test('takes the deepest permitted text and refuses one level more', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  expect(parseJson(nested(MAX_JSON_DEPTH)).ok).toBe(true)
  expect(parseJson(nested(MAX_JSON_DEPTH + 1))).toEqual({
    ok: false,
    failure: { reason: 'too_deep', limit: MAX_JSON_DEPTH },
  })
})

function readEach(text: string, maxDepth: number): boolean {
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const sign = text[index] ?? ''
    if (inString && sign === '\\') index++
    else if (sign === '"') inString = !inString
    else if (!inString && '[{'.includes(sign) && ++depth > maxDepth) return true
    else if (!inString && ']}'.includes(sign)) depth--
  }
  return false
}
