/** Readers that are slow, or never read at all: a stream has patience with them, and an end. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { streamPieces } from '../../../../../src/harvest/export/serving/stream-pieces.ts'
import { systemClock } from '../../../../../src/lib/clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const PIECE = new Uint8Array(16 * 1024)

async function streamOf(count: number) {
  const seen = { ended: 0, reported: [] as unknown[], written: 0 }
  const stream = await streamPieces(
    {
      clock: systemClock,
      signal: new AbortController().signal,
      onEnd: () => void seen.ended++,
      report: (error) => void seen.reported.push(error),
    },
    async ({ begin, put }) => {
      begin()
      for (; seen.written < count; seen.written++) await put([PIECE])
    },
  )
  return { seen, reader: stream.getReader() }
}

it('ends a stream that nobody reads, and breaks it for whoever would come', async () => {
  const { seen, reader } = await streamOf(3)
  await vi.advanceTimersByTimeAsync(299_000)
  expect(seen.ended).toBe(0)
  await vi.advanceTimersByTimeAsync(2_000)
  expect([seen.ended, seen.written, seen.reported]).toEqual([1, 0, []])
  await expect(reader.read()).rejects.toThrow('too slowly')
})

it('is not held open by a piece now and then', async () => {
  const { seen, reader } = await streamOf(1_000)
  for (let read = 0; read < 12; read++) {
    await vi.advanceTimersByTimeAsync(30_000)
    await reader.read().catch(() => {})
  }
  expect(seen.ended).toBe(1)
})

it('waits for a slow line as long as it moves', async () => {
  const { seen, reader } = await streamOf(600)
  for (;;) {
    await vi.advanceTimersByTimeAsync(900)
    if ((await reader.read()).done) break
  }
  expect([seen.ended, seen.written]).toEqual([1, 600])
  expect(vi.getTimerCount()).toBe(0)
})

it('tells whoever is told, and nobody else, what broke it: servers print what breaks a stream', async () => {
  const reported: unknown[] = []
  const broken = new Error('a row with reasoning in it')
  const stream = await streamPieces(
    {
      clock: systemClock,
      signal: new AbortController().signal,
      onEnd: () => {},
      report: (error) => void reported.push(error),
    },
    async ({ begin }) => {
      begin()
      throw broken
    },
  )
  const failure = await stream
    .getReader()
    .read()
    .catch((error: unknown) => error)
  expect(failure).toEqual(new Error('It broke off'))
  expect(reported).toEqual([broken])
})

it('does not count the time that the writer takes itself', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let ended = false
  const stream = await streamPieces(
    {
      clock: systemClock,
      signal: new AbortController().signal,
      onEnd: () => {
        ended = true
      },
      report: () => {},
    },
    async ({ begin, put }) => {
      begin()
      await promise
      await put([PIECE])
    },
  )
  const read = new Response(stream).arrayBuffer()
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(ended).toBe(false)
  resolve()
  expect((await read).byteLength).toBe(PIECE.length)
})
