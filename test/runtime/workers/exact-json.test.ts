import { expect, test } from 'vitest'
import { canonicalJson, parseJson } from '../../../src/lib/json.ts'
import { jsonTexts } from '../../fakes/json-texts.ts'

test('this runtime writes numbers and the order of names as they were read', () => {
  const next = jsonTexts(5)
  for (let count = 0; count < 500; count++) {
    const text = next()
    const parsed = parseJson(text, { exact: true, unique: true })
    expect(parsed.ok && JSON.stringify(parsed.value)).toBe(text)
  }
})

test('this runtime finds a key that stands twice, and numbers beyond all doubles', () => {
  expect(parseJson(String.raw`{"a":1,"\u0061":1.0}`, { unique: true })).toEqual({
    ok: false,
    failure: { reason: 'repeated_key', key: 'a' },
  })
  const parsed = parseJson('[1e400,1.0]', { exact: true })
  expect(parsed.ok && canonicalJson(parsed.value)).toBe('[1e400,1]')
})
