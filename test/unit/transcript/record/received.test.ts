import { expect, it } from 'vitest'
import { sha256Hex } from '../../../../src/lib/digest.ts'
import { canonicalJson, type JsonObject } from '../../../../src/lib/json.ts'
import { digestReceived } from '../../../../src/transcript/record/received.ts'
import { sampleTranscript } from '../../../fakes/deliberation.ts'

const body: JsonObject = { model: 'one', messages: [{ role: 'user', content: 'Good day' }] }

it('is the SHA-256 of the canonical JSON, whatever the order of the keys', async () => {
  const turned = { messages: [{ content: 'Good day', role: 'user' }], model: 'one' }
  const digest = await digestReceived(body, sha256Hex)
  expect(digest).toBe(await sha256Hex(canonicalJson(body)))
  expect(await digestReceived(turned, sha256Hex)).toBe(digest)
})

it('differs for a body that differs by one letter', async () => {
  const other = { ...body, model: 'two' }
  expect(await digestReceived(other, sha256Hex)).not.toBe(await digestReceived(body, sha256Hex))
})

it('is none for a text that UTF-8 cannot hold', async () => {
  expect(await digestReceived({ ...body, user: '\ud800' }, sha256Hex)).toBeNull()
})

it('is kept with content, and left out under consent none', () => {
  const received = 'c'.repeat(64)
  expect(sampleTranscript(1, { received }).received).toBe(received)
  const principal = { tenant: 'acme', app: 'chat', consent: 'none' } as const
  expect(sampleTranscript(1, { received, principal }).received).toBeNull()
})
