import { expect, test } from 'vitest'
import { type JsonValue, parseJson } from '../../../src/lib/json.ts'
import { inOrderOf, isInOrderOf } from '../../../src/lib/member-order.ts'

const read = (text: string): JsonValue => {
  const parsed = parseJson(text, { exact: true })
  if (!parsed.ok) throw new TypeError(`Cannot parse ${text}`)
  return parsed.value
}

test.each([
  ['members', '{"b":1,"a":2}', '{"a":0,"b":0}', '{"a":2,"b":1}'],
  ['members of members', '{"x":{"b":1,"a":2}}', '{"x":{"a":0,"b":0}}', '{"x":{"a":2,"b":1}}'],
  ['members of items', '[{"b":1,"a":2},{"b":3}]', '[{"a":0,"b":0}]', '[{"a":2,"b":1},{"b":3}]'],
  ['whole numbers', '{"1":1.0,"2":2}', '{"2":0,"1":0}', '{"2":2,"1":1.0}'],
  ['those that are new, last', '{"n":1,"b":2,"a":3}', '{"a":0,"b":0}', '{"a":3,"b":2,"n":1}'],
  ['those that are gone, not at all', '{"a":1}', '{"z":0,"a":0}', '{"a":1}'],
  ['a value of another kind, as it is', '{"a":"1"}', '{"a":{"b":1}}', '{"a":"1"}'],
])('puts in order: %s', (_, value, model, ordered) => {
  expect(JSON.stringify(inOrderOf(read(value), read(model)))).toBe(ordered)
  expect(isInOrderOf(read(value), read(model))).toBe(value === ordered)
})
