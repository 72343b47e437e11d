import { describe, expect, it } from 'vitest'
import { readBytes, readJsonBody } from '../../../src/http/read.ts'

const KIB = 1024
const headers = { 'content-type': 'application/json' }

/** A body that comes in pieces of 16 KiB, and how much of it was taken. */
function bodyOf(bytes: number) {
  const piece = new Uint8Array(16 * KIB).fill(0x20)
  const taken = { bytes: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken.bytes >= bytes) return controller.close()
        taken.bytes += piece.byteLength
        controller.enqueue(piece)
      },
      cancel() {
        taken.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body, taken }
}

const requestOf = (body: ReadableStream, length?: number) =>
  new Request('http://localhost/', {
    method: 'POST',
    headers: { ...headers, ...(length !== undefined && { 'content-length': String(length) }) },
    body,
    duplex: 'half',
  } as RequestInit)

function counting(room: number) {
  const counts: number[] = []
  return {
    counts,
    take(bytes: number) {
      if (counts.reduce((sum, count) => sum + count, 0) + bytes > room) throw new Error('no room')
      counts.push(bytes)
    },
  }
}

describe('a body', () => {
  it('of a small declared length counts at once', async () => {
    const held = counting(100)
    const request = new Request('http://localhost/', {
      method: 'POST',
      headers: { ...headers, 'content-length': '2' },
      body: '{}',
    })
    expect(await readJsonBody(request, 100, { held })).toEqual({})
    expect(held.counts).toEqual([2, 4])
  })

  it.each([
    ['{"a":"text"}', 4],
    ['{"a":[[],[],[]]}', 28],
    ['{"a":[1,2,3]}', 16],
  ])('weighs by its values besides: %s', async (body, weight) => {
    const held = counting(100)
    await readJsonBody(new Request('http://localhost/', { method: 'POST', headers, body }), 100, {
      held,
    })
    expect(held.counts.at(-1)).toBe(weight)
  })

  it.each([undefined, 80 * KIB])(
    'of a length declared as %s counts as it comes, not as it says',
    async (length) => {
      const held = counting(100 * KIB)
      const bytes = await readBytes(requestOf(bodyOf(80 * KIB).body, length), 100 * KIB, held)
      expect(bytes.byteLength).toBe(80 * KIB)
      expect(held.counts).toEqual(Array.from({ length: 5 }, () => 16 * KIB))
    },
  )

  it('for which there is no room is read no further, and let go', async () => {
    const held = counting(40 * KIB)
    const { body, taken } = bodyOf(800 * KIB)
    await expect(readBytes(requestOf(body), 900 * KIB, held)).rejects.toThrow('no room')
    expect(taken).toEqual({ bytes: 48 * KIB, cancelled: true })
  })

  it('that is declared too large is not read at all', async () => {
    const held = counting(1)
    const { body, taken } = bodyOf(80 * KIB)
    await expect(readBytes(requestOf(body, 80 * KIB), 70 * KIB, held)).rejects.toMatchObject({
      code: 'request_too_large',
    })
    expect([taken.bytes, held.counts]).toEqual([0, []])
  })
})
