import { expect, it } from 'vitest'
import { streamCompression } from '../../../../src/lib/compression.ts'
import { packEntry, toEntry, unpackEntry } from '../../../../src/transcript/store/entry.ts'
import { sampleTranscript, sampleTranscriptOptions } from '../../../fakes/deliberation.ts'

const principal = { ...sampleTranscriptOptions.principal, consent: 'none' } as const

it.each([
  ['with content', sampleTranscript(1)],
  ['without content', sampleTranscript(1, { principal })],
])('an entry %s comes out of its bytes as it went in', async (_, transcript) => {
  const entry = await toEntry(transcript, streamCompression)
  const surrounded = new Uint8Array([9, ...packEntry(entry), 9]).subarray(1, -1)
  expect(unpackEntry(surrounded)).toEqual({ ok: true, value: entry })
})

it.each([
  ['nothing', new Uint8Array()],
  ['too long a row', new Uint8Array([0, 0, 1, 0, 0x7b, 0x7d])],
  ['no row', new TextEncoder().encode('\0\0\0\x04null')],
  ['a row without an id', new TextEncoder().encode('\0\0\0\x02{}')],
])('%s is unreadable', (_, bytes) => {
  expect(unpackEntry(bytes)).toEqual({ ok: false, failure: { reason: 'entry_unreadable' } })
})
