import { describe, expect, it } from 'vitest'
import { decodeJson } from '../../../src/lib/encoded-json.ts'

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')

describe('JSON in base64url', () => {
  it.each(['{"alg":"EdDSA"}', '{"name":"Zoë ☃ 🙂"}', '[{"a":1},{"a":2}]', '"?>~"'])(
    'is read: %s',
    (text) => {
      expect(decodeJson(encode(text))).toEqual({ ok: true, value: JSON.parse(text) })
    },
  )

  it.each<[string, string, string]>([
    ['a name twice', encode('{"a":1,"a":1}'), 'repeated_key'],
    ['a name twice, spelt otherwise', encode('{"a":1,"\\u0061":2}'), 'repeated_key'],
    ['a name twice, deep inside', encode('[{"x":[{"a":1,"a":2}]}]'), 'repeated_key'],
    ['a name that makes a prototype', encode('{"__proto__":{}}'), 'forbidden_key'],
    ['no JSON', encode('{'), 'not_json'],
    ['nothing', '', 'not_json'],
    ['no base64url', '*', 'not_json'],
    ['bytes that are no UTF-8', encode(Uint8Array.of(0x22, 0xff, 0x22)), 'not_json'],
    ['a mark of byte order', encode('\ufeff{}'), 'not_json'],
  ])('is refused where it is %s', (_, text, reason) => {
    expect(decodeJson(text)).toMatchObject({ ok: false, failure: { reason } })
  })
})
