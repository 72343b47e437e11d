import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Completion, Model, ModelFailure, Prompt } from '../../../src/conversation/model.ts'
import { fail, type Result, succeed } from '../../../src/lib/result.ts'
import { noSpan } from '../../../src/lib/tracing.ts'
import { GivingWay } from '../../../src/model/giving-way.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const clock = { now: () => Date.now(), monotonic: () => Date.now() }
const PROMPT = { model: 'm', turns: [], parameters: {}, stream: false } as unknown as Prompt
const ANSWER = succeed({} as Completion)
const refused = (status: number) => fail<ModelFailure>({ reason: 'model_error_status', status })

/** A model whose calls end when the test says so. */
function scripted() {
  const open: ((result: Result<Completion, ModelFailure>) => void)[] = []
  const model: Model = {
    provider: 'p',
    complete: () => new Promise((resolve) => open.push(resolve)),
  }
  const givingWay = new GivingWay({ concurrency: 2, patienceMs: 1_000, clock })
  const call = (wrapped: Model, signal = new AbortController().signal) =>
    wrapped.complete(PROMPT, { signal, span: noSpan })
  return { open, givingWay, first: givingWay.first(model), last: givingWay.last(model), call }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

it('lets so many calls of those that nobody waits for run at once, the others in turn', async () => {
  const { open, last, call } = scripted()
  const calls = [call(last), call(last), call(last)]
  await settle()
  expect(open).toHaveLength(2)
  open[0]?.(ANSWER)
  expect(await calls[0]).toEqual(ANSWER)
  await settle()
  expect(open).toHaveLength(3)
})

it('bounds no call that somebody waits for', async () => {
  const { open, first, call } = scripted()
  for (let calls = 0; calls < 5; calls++) void call(first)
  await settle()
  expect(open).toHaveLength(5)
})

it('begins none while a live call is under way, until that has ended', async () => {
  const { open, first, last, call } = scripted()
  void call(first)
  void call(last)
  await settle()
  expect(open).toHaveLength(1)
  open[0]?.(ANSWER)
  await settle()
  expect(open).toHaveLength(2)
})

it('waits no longer than it may for a moment without live calls', async () => {
  const { open, givingWay, last, call } = scripted()
  const end = givingWay.begin()
  void call(last)
  await vi.advanceTimersByTimeAsync(999)
  expect(open).toHaveLength(0)
  await vi.advanceTimersByTimeAsync(1)
  expect(open).toHaveLength(1)
  end()
  end()
})

it.each([429, 503, 529])(
  'leaves a server alone that has refused with %i, longer each time',
  async (status) => {
    const { open, last, call } = scripted()
    for (const [index, restMs] of [1_000, 2_000, 4_000].entries()) {
      const ended = call(last)
      await settle()
      open[index]?.(refused(status))
      await ended
      void call(last, AbortSignal.abort())
      const next = new AbortController()
      const waiting = call(last, next.signal)
      await vi.advanceTimersByTimeAsync(restMs - 1)
      expect(open).toHaveLength(index + 1)
      next.abort()
      expect(await waiting).toEqual(fail({ reason: 'aborted', by: 'client' }))
      await vi.advanceTimersByTimeAsync(1)
    }
  },
)

it('tells a call that nobody waits for when it waits, and when its turn has come', async () => {
  const { open, first, last, call } = scripted()
  const told: string[] = []
  const onWait = () => {
    told.push('waits')
    return () => told.push('goes on')
  }
  const { signal } = new AbortController()
  void call(first)
  void last.complete(PROMPT, { signal, span: noSpan, onWait })
  await settle()
  expect(told).toEqual(['waits'])
  open[0]?.(ANSWER)
  await settle()
  expect(told).toEqual(['waits', 'goes on'])
})

it('goes on at once after any other failure', async () => {
  const { open, last, call } = scripted()
  const ended = call(last)
  await settle()
  open[0]?.(refused(500))
  await ended
  void call(last)
  await settle()
  expect(open).toHaveLength(2)
})

it('gives a place up whose caller has gone', async () => {
  const { open, last, call } = scripted()
  const gone = new AbortController()
  const running = [call(last), call(last)]
  const waiting = call(last, gone.signal)
  void call(last)
  await settle()
  gone.abort({ by: 'deadline' })
  expect(await waiting).toEqual(fail({ reason: 'aborted', by: 'deadline' }))
  open[0]?.(ANSWER)
  await running[0]
  await settle()
  expect(open).toHaveLength(3)
})
