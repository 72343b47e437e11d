import { CompactEncrypt } from 'jose'
import { expect, it } from 'vitest'
import { createStateSeal, type StateKey } from '../../../src/state/seal.ts'

const ONE: StateKey = { kid: 'one', k: 'b25lLW9uZS1vbmUtb25lLW9uZS1vbmUtb25lLW9uZS0' }
const TWO: StateKey = { kid: 'two', k: 'dHdvLXR3by10d28tdHdvLXR3by10d28tdHdvLXR3by0' }
const seal = await createStateSeal([ONE])

it('opens for what it was sealed for, and for nothing else', async () => {
  const token = await seal.seal({ a: 1 }, ['client', 'acme'])
  expect(await seal.open(token, ['client', 'acme'])).toEqual({ ok: true, value: { a: 1 } })
  for (const purpose of [['client', 'other'], ['client'], ['store', 'acme'], []]) {
    expect(await seal.open(token, purpose)).toEqual({ ok: false, failure: { reason: 'altered' } })
  }
})

it('is another text each time', async () => {
  expect(await seal.seal(1, [])).not.toBe(await seal.seal(1, []))
})

it('does not open where a part of it was changed', async () => {
  const parts = (await seal.seal('secret', [])).split('.')
  for (const [index, part] of parts.entries()) {
    if (part === '') continue
    const other = `${part.slice(0, -2)}${part.endsWith('AA') ? 'BB' : 'AA'}`
    const opened = await seal.open(parts.with(index, other).join('.'), [])
    expect(opened.ok).toBe(false)
  }
})

it('knows the keys that it was given alone', async () => {
  const other = await createStateSeal([TWO])
  const token = await other.seal('x', [])
  expect(await seal.open(token, [])).toEqual({ ok: false, failure: { reason: 'unknown' } })
  const both = await createStateSeal([TWO, ONE])
  expect(await both.open(await seal.seal('y', []), [])).toEqual({ ok: true, value: 'y' })
})

it.each(['', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', 'rs_0123', '....', '😀'])(
  'takes %j for none of its own',
  async (token) => {
    expect((await seal.open(token, [])).ok).toBe(false)
  },
)

it('takes no other algorithm, whoever holds the key', async () => {
  const key = Buffer.from(ONE.k, 'base64url')
  const token = await new CompactEncrypt(new TextEncoder().encode('{"for":[],"content":1}'))
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid: 'one' })
    .encrypt(key)
  expect((await seal.open(token, [])).ok).toBe(false)
})
