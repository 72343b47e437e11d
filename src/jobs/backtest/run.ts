/**
 * Runs a backtest over a scan: so many transcripts at once, each kept when it is finished. I/O through the ports.
 * However long it runs it holds a bounded number of transcripts, and what an earlier run has kept is not looked at again.
 */
import { isUnreached, type LookPorts, look, wasAnswered } from './replay-listed.ts'
import type { Listed, Position } from './scan.ts'
import type { Finished } from './tally.ts'

export type RunPorts = LookPorts & {
  /** Keeps what became of one transcript. `upTo`: of this place and all before it in the scan nothing is open. */
  readonly keep: (finished: Finished, at: Position, upTo: Position | null) => void
}

/** What earlier runs have kept. */
export type Earlier = {
  readonly finished: number
  /** The scan goes on after this. */
  readonly upTo: Position | null
  /** What was finished beyond it. */
  readonly beyond: ReadonlySet<string>
}

export type RunOptions = {
  readonly items: AsyncIterable<Listed>
  /** At most so many transcripts, those of earlier runs included. */
  readonly limit: number | null
  readonly concurrency: number
  readonly earlier: Earlier
  /** When it aborts, nothing new begins; what is under way is finished and kept. */
  readonly stop: AbortSignal
}

/** `judge_down`: the judge was out of reach so often in a row that going on would only waste calls. */
export type RunEnd = 'done' | 'stopped' | 'judge_down'

/** How far the quickest may be ahead of the slowest. */
const MAX_AHEAD = 1_000
const MAX_UNREACHED_IN_A_ROW = 20

export async function runBacktest(ports: RunPorts, options: RunOptions): Promise<RunEnd> {
  const { concurrency, earlier, stop } = options
  const frontier = createFrontier(earlier.upTo)
  /** Found while the judge was out of reach, one after the other: not kept, and so tried again, unless it comes back. */
  let doubtful: (() => void)[] = []
  const isDown = () => doubtful.length >= MAX_UNREACHED_IN_A_ROW
  let isBroken = false
  const take = inTurn(createTake(options, frontier, () => isDown() || isBroken))

  const finish = (one: Open, finished: Finished) => {
    const keep = () => {
      frontier.close(one)
      ports.keep(finished, one.at, frontier.upTo())
    }
    if (isUnreached(finished)) doubtful.push(keep)
    else {
      keep()
      if (wasAnswered(finished)) release()
    }
  }
  const release = () => {
    for (const keep of doubtful) keep()
    doubtful = []
  }
  const work = async () => {
    try {
      for (let one = await take(); one; one = await take()) finish(one, await look(ports, one.at))
    } catch (error) {
      isBroken = true
      throw error
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, work))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  if (isDown()) return 'judge_down'
  if (stop.aborted) return 'stopped'
  release()
  return 'done'
}

/** One item of the scan that was taken. */
type Open = { readonly at: Listed; isDone: boolean }

/** Which items are open, in the order of the scan. */
function createFrontier(start: Position | null) {
  const open: Open[] = []
  let upTo = start
  let room = Promise.withResolvers<void>()
  return {
    open(at: Listed): Open {
      const one = { at, isDone: false }
      open.push(one)
      return one
    },
    close(one: Open): void {
      one.isDone = true
      while (open[0]?.isDone) {
        const { time, id } = open[0].at
        upTo = { time, id }
        open.shift()
      }
      room.resolve()
      room = Promise.withResolvers()
    },
    async hasRoom(): Promise<void> {
      while (open.length >= MAX_AHEAD) await room.promise
    },
    upTo: () => upTo,
  }
}

function createTake(
  { items, limit, earlier, stop }: RunOptions,
  frontier: ReturnType<typeof createFrontier>,
  isOver: () => boolean,
) {
  const iterator = items[Symbol.asyncIterator]()
  let taken = earlier.finished - earlier.beyond.size
  return async (): Promise<Open | null> => {
    for (;;) {
      await frontier.hasRoom()
      if (stop.aborted || isOver() || (limit !== null && taken >= limit)) return null
      const { done, value } = await iterator.next()
      if (done) return null
      taken++
      const one = frontier.open(value)
      if (!earlier.beyond.has(value.id)) return one
      frontier.close(one)
    }
  }
}

/** One call after the other: an iterator must not be asked twice at once. */
function inTurn<Value>(take: () => Promise<Value>): () => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve()
  return () => {
    const taking = last.then(take)
    last = taking.catch(() => {})
    return taking
  }
}
