import { describe, expect, it } from 'vitest'
import type { BatchLine, Done } from '../../../../src/jobs/batch/run-item.ts'
import { createAllowance } from '../../../../src/jobs/runner/allowance.ts'
import { type JobOptions, runJob, type Unfinished } from '../../../../src/jobs/runner/run-job.ts'

const done = (tokens = 100): Done => ({
  kind: 'done',
  transcript: 'tr_1',
  outcome: 'released',
  reason: null,
  tokens,
  asked: true,
})
const unfinished = (changes: Partial<Unfinished> = {}): Unfinished => ({
  kind: 'unfinished',
  cause: 'transient',
  reason: 'model_unreachable',
  tokens: 0,
  pauseMs: null,
  ...changes,
})

async function* linesUpTo(count: number): AsyncGenerator<BatchLine> {
  for (let line = 1; line <= count; line++) yield { line, text: `line ${line}` }
}

type Answer = (line: number, tries: number) => Done | Unfinished

type Changes = Partial<JobOptions<BatchLine>> & {
  readonly count?: number
  readonly hasRoom?: () => boolean
  readonly keep?: (line: number) => void
}

/** Runs a batch whose upstream is the given answer; pauses take no time. */
async function run(
  answer: Answer,
  { count = 20, hasRoom = () => true, keep = () => {}, ...changes }: Changes = {},
) {
  const tries = new Map<number, number>()
  const kept: number[] = []
  const pauses: number[] = []
  let [lost, active, most] = [0, 0, 0]
  const result = await runJob(
    {
      async run({ line }) {
        most = Math.max(most, ++active)
        await new Promise(setImmediate)
        active--
        tries.set(line, (tries.get(line) ?? 0) + 1)
        return answer(line, tries.get(line) ?? 0)
      },
      keep({ line }) {
        kept.push(line)
        keep(line)
      },
      hasRoom,
      lost: (tokens) => {
        lost += tokens
      },
      async pause(ms) {
        pauses.push(ms)
      },
      random: { hex: () => '', fraction: () => 0 },
    },
    {
      units: linesUpTo(count),
      concurrency: 4,
      budgetTokens: null,
      spentTokens: 0,
      stop: new AbortController().signal,
      ...changes,
    },
  )
  const asked = [...tries.values()].reduce((sum, count) => sum + count, 0)
  return { result, kept, pauses, lost, most, asked }
}

describe('a job', () => {
  it('runs every prompt once, so many at a time', async () => {
    const { result, kept, most, asked } = await run(() => done())
    expect(result).toEqual({ end: 'done', reason: null, open: 0 })
    expect(kept.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
    expect([most, asked]).toEqual([4, 20])
  })

  it('tries a prompt again after longer and longer pauses, and as long as the upstream asks', async () => {
    const answer: Answer = (_, tries) => {
      if (tries === 1) return unfinished({ tokens: 7 })
      return tries === 2 ? unfinished({ pauseMs: 9_000 }) : done()
    }
    const { result, kept, pauses, lost } = await run(answer, { count: 1 })
    expect(result).toEqual({ end: 'done', reason: null, open: 0 })
    expect([kept, pauses, lost]).toEqual([[1], [500, 9_000], 7])
  })

  it('leaves a prompt open that goes on failing, and goes on with the others', async () => {
    const { result, kept } = await run((line) => (line === 3 ? unfinished() : done()))
    expect(result).toEqual({ end: 'done', reason: null, open: 1 })
    expect(kept).toHaveLength(19)
  })

  it('ends when nothing comes of one prompt after another', async () => {
    const { result, kept, asked } = await run(() => unfinished(), { count: 1_000 })
    expect(result).toMatchObject({ end: 'upstream_down', reason: 'model_unreachable' })
    expect(kept).toEqual([])
    expect(asked).toBeLessThanOrEqual((10 + 4) * 4)
  })

  it('ends at once when the upstream refuses whatever is asked', async () => {
    const refusal = unfinished({ cause: 'fatal', reason: 'model_unauthorized' })
    const { result, asked } = await run(() => refusal, { count: 1_000 })
    expect(result).toMatchObject({ end: 'upstream_refuses', reason: 'model_unauthorized' })
    expect(asked).toBeLessThanOrEqual(4)
  })

  it('ends when transcripts cannot be stored', async () => {
    const answer = unfinished({ cause: 'storage', reason: 'storage_unavailable' })
    const { result } = await run(() => answer, { count: 1_000 })
    expect(result).toMatchObject({ end: 'storage', reason: 'storage_unavailable' })
  })

  it('finishes what is under way when it is told to stop', async () => {
    const stopping = new AbortController()
    const answer: Answer = (line) => {
      if (line === 6) stopping.abort()
      return done()
    }
    const { result, kept, asked } = await run(answer, { stop: stopping.signal })
    expect(result).toEqual({ end: 'stopped', reason: null, open: 0 })
    expect(kept).toHaveLength(asked)
    expect(asked).toBeLessThan(12)
  })

  it('spends no more than its budget where prompts cost alike, earlier runs included', async () => {
    const { result, kept } = await run(() => done(100), { budgetTokens: 1_050, spentTokens: 300 })
    expect(result).toEqual({ end: 'budget', reason: null, open: 0 })
    expect(kept).toHaveLength(7)
  })

  it('begins one prompt alone until it knows what one costs', async () => {
    const { kept } = await run(() => done(1_000), { budgetTokens: 1_500 })
    expect(kept).toHaveLength(1)
  })

  it('counts tokens of tries that led to nothing against the budget', async () => {
    const answer: Answer = (_, tries) => (tries === 1 ? unfinished({ tokens: 50 }) : done(50))
    const { kept, lost } = await run(answer, { budgetTokens: 500 })
    expect([kept.length, lost]).toEqual([5, 250])
  })

  it('pays nothing for what an earlier run has left in the store', async () => {
    const { result, kept } = await run(() => ({ ...done(900), asked: false }), {
      budgetTokens: 100,
    })
    expect(result.end).toBe('done')
    expect(kept).toHaveLength(20)
  })

  it('learns what a prompt costs from none that was paid for before', async () => {
    const { kept } = await run((line) => ({ ...done(1_000), asked: line > 10 }), {
      budgetTokens: 1_500,
    })
    expect(kept).toHaveLength(11)
  })

  it('finishes and keeps what is under way when what is left cannot be read on', async () => {
    async function* broken() {
      yield* linesUpTo(3)
      throw new Error('no more lines')
    }
    const kept: number[] = []
    const keep = (line: number) => void kept.push(line)
    await expect(run(() => done(), { units: broken(), keep })).rejects.toThrow('no more lines')
    expect(kept).toEqual([1, 2, 3])
  })

  it('takes nothing that needed no asking for a sign that the upstream is there', async () => {
    const answer: Answer = (line) =>
      line % 5 === 0 ? { ...done(), asked: false } : unfinished({ cause: 'transient' })
    const { result } = await run(answer, { count: 1_000 })
    expect(result).toMatchObject({ end: 'upstream_down' })
  })

  it('holds back while its units say that there is no room, and goes on where none is under way', async () => {
    const { result, most, kept } = await run(() => done(), { hasRoom: () => false })
    expect([result.end, most, kept.length]).toEqual(['done', 1, 20])
  })

  it('lets a defect out once the others have ended', async () => {
    const answer: Answer = (line) => {
      if (line === 2) throw new Error('a defect')
      return done()
    }
    await expect(run(answer)).rejects.toThrow('a defect')
  })
})

describe('an allowance', () => {
  it('holds its rate over time, whatever is taken at once', () => {
    let now = 0
    const clock = { now: () => now, monotonic: () => now }
    const allowance = createAllowance(60, clock)
    let begun = 0
    while (now < 10 * 60_000) {
      const wait = allowance.waitMs()
      if (wait > 0) now += wait
      else {
        allowance.spend(3)
        begun += 3
      }
    }
    expect(begun).toBeGreaterThan(590)
    expect(begun).toBeLessThanOrEqual(610)
  })

  it('without a rate never waits', () => {
    const allowance = createAllowance(null, { now: () => 0, monotonic: () => 0 })
    allowance.spend(1e9)
    expect(allowance.waitMs()).toBe(0)
  })
})
