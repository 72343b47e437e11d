import { describe, expect, it } from 'vitest'
import { streamCompression } from '../../../../src/lib/compression.ts'
import { decodeTranscript, encodeTranscript } from '../../../../src/transcript/record/encode.ts'
import { zlibCompression } from '../../../../src/transcript/zlib-compression.node.ts'
import { sampleTranscript } from '../../../fakes/deliberation.ts'

const big = Array.from(
  { length: 50_000 },
  (_, index) => `${index}: 漢字 naïve 😀\u0000 ${index * 7}`,
).join('\n')
const requests = [
  ['NUL', { text: 'a\u0000b' }],
  ['lone surrogates', { text: '\ud800 and \udfff', '\udc00key': true }],
  ['line separators and controls', { text: '\u2028\u2029\u0001\u001f\u007f\ufeff' }],
  ['numbers at the edge', { numbers: [0, -0.5, 1e-7, 5e-324, 1.7976931348623157e308, 2 ** 53] }],
  ['five megabytes', { text: `${big}${big}${big}` }],
] as const

describe.each([
  ['the platform stream', streamCompression],
  ['zlib', zlibCompression],
])('through %s', (_, compression) => {
  it.each(requests)('%s come back as they were', async (_, request) => {
    const transcript = sampleTranscript(1, { request })
    const bytes = await encodeTranscript(transcript, compression)
    const decoded = await decodeTranscript(bytes, compression)
    if (!decoded.ok) throw new Error(decoded.failure.reason)
    expect(JSON.stringify(decoded.value) === JSON.stringify(transcript)).toBe(true)
    expect(Object.values(decoded.value.request ?? {})).toEqual(Object.values(request))
  })

  it('reports damaged bytes as unreadable', async () => {
    const bytes = await encodeTranscript(sampleTranscript(1), compression)
    const damaged = [
      bytes.subarray(0, 40),
      bytes.with(30, (bytes[30] ?? 0) ^ 0xff),
      new Uint8Array(9),
    ]
    for (const one of damaged) {
      expect(await decodeTranscript(Uint8Array.from(one), compression)).toEqual({
        ok: false,
        failure: { reason: 'transcript_unreadable' },
      })
    }
  })
})

it('what one writes the other reads', async () => {
  const transcript = sampleTranscript(1)
  const bytes = await encodeTranscript(transcript, zlibCompression)
  expect(await decodeTranscript(bytes, streamCompression)).toMatchObject({
    ok: true,
    value: JSON.parse(JSON.stringify(transcript)),
  })
})
