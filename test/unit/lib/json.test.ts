import { expect, test } from 'vitest'
import {
  canonicalJson,
  isJsonObject,
  type JsonValue,
  MAX_JSON_DEPTH,
  numberOf,
  parseJson,
} from '../../../src/lib/json.ts'
import { jsonTexts } from '../../fakes/json-texts.ts'

const isTooDeep = (text: string, maxDepth?: number) => {
  const parsed = parseJson(text, maxDepth === undefined ? {} : { maxDepth })
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

const exactly = (text: string): JsonValue => {
  const parsed = parseJson(text, { exact: true })
  if (!parsed.ok) throw new TypeError(`Cannot parse ${text}`)
  return parsed.value
}

test('writes again what it read exactly: numbers and the order of names, whatever the shape', () => {
  const next = jsonTexts(9)
  for (let count = 0; count < 2_000; count++) {
    const text = next()
    expect(JSON.stringify(exactly(text))).toBe(text)
  }
})

test('reads exactly whatever stands between tokens, and however strings are spelt', () => {
  const spelt = String.raw`{ "\u0032" : [ 1.0 ,2e0 , { } , [ ] ] ,
    "1":"\u00e9\/" , "\"]":-0 }`
  expect(JSON.stringify(exactly(spelt))).toBe(String.raw`{"2":[1.0,2e0,{},[]],"1":"é/","\"]":-0}`)
})

test('an exact number is a number, and no object', () => {
  const [value = null] = exactly('[9007199254740993]') as readonly JsonValue[]
  expect(isJsonObject(value)).toBe(false)
  expect(numberOf(value)).toBe(2 ** 53)
})

test.each([
  ['a number as doubles are written', '[1.0]', '[1]'],
  ['a number that doubles come near', '[9007199254740993]', '[9007199254740992]'],
  ['a number beyond all doubles as it is written', '[-1e400]', '[-1e400]'],
  ['names in order, whole numbers too', '{"10":1,"9":1.50}', '{"10":1,"9":1.5}'],
])('canonical JSON has %s', (_, text, canonical) => {
  expect(canonicalJson(exactly(text))).toBe(canonical)
})

test.each([
  ['as it stands', '{"a":1,"b":2,"a":3}', 'a'],
  ['spelt by an escape', String.raw`{"violated":1,"viol\u0061ted":2}`, 'violated'],
  ['deep within', '[{"b":[{"c":{},"c":{}}]}]', 'c'],
  ['that is a whole number', '{"1":1,"2":2,"1":1}', '1'],
  ['that is empty', '{"":1,"":1}', ''],
  ['beside numbers that need care', '{"a":1.0,"a":1.0}', 'a'],
])('refuses a name that one object has twice: %s', (_, text, key) => {
  for (const exact of [false, true]) {
    expect(parseJson(text, { unique: true, exact })).toEqual({
      ok: false,
      failure: { reason: 'repeated_key', key },
    })
  }
})

test('takes names that stand in several objects, and those of text', () => {
  const next = jsonTexts(11)
  for (let count = 0; count < 2_000; count++) {
    const text = next()
    expect([text, parseJson(text, { unique: true }).ok]).toEqual([text, true])
  }
})

test('a name that comes twice has the later value where nobody minds', () => {
  const text = '{"a":1,"b":2,"a":{"a":1.0}}'
  expect(parseJson(text)).toEqual({ ok: true, value: { a: { a: 1 }, b: 2 } })
  expect(JSON.stringify(exactly(text))).toBe('{"a":{"a":1.0},"b":2}')
})
