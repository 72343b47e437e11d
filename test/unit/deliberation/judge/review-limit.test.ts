import { describe, expect, it } from 'vitest'
import { createReviewLimit } from '../../../../src/deliberation/judge/review-limit.ts'

/** A limit whose timers end when the test says so. */
function build() {
  const timers: AbortController[] = []
  const limit = createReviewLimit(1_234, (ms) => {
    expect(ms).toBe(1_234)
    const timer = new AbortController()
    timers.push(timer)
    return timer.signal
  })
  return { timers, ...limit }
}

describe('the limit of a review', () => {
  it('ends it with the reason of its timer', () => {
    const { timers, signal } = build()
    timers[0]?.abort('over')
    expect(signal.reason).toBe('over')
  })

  it('does not run while a call waits for its turn, and begins anew with it', () => {
    const { timers, signal, onWait } = build()
    const goOn = onWait()
    timers[0]?.abort()
    expect([signal.aborted, timers.length]).toEqual([false, 1])
    goOn()
    expect(timers).toHaveLength(2)
    timers[1]?.abort('over')
    expect(signal.reason).toBe('over')
  })

  it('does not run before the last of several calls has its turn', () => {
    const { timers, onWait } = build()
    const [one, other] = [onWait(), onWait()]
    one()
    expect(timers).toHaveLength(1)
    other()
    expect(timers).toHaveLength(2)
  })
})
