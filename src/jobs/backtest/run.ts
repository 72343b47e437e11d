/**
 * Runs a backtest over a scan: each transcript is kept when it is finished, and none that an earlier run has kept is looked at
 * again. I/O through the ports. However long it runs it holds a bounded number of transcripts.
 */
import {
  type Finished as FinishedUnit,
  runJob,
  type Unfinished,
  type Waiting,
} from '../runner/run-job.ts'
import type { Earlier } from './earlier.ts'
import { Frontier, type Taken } from './frontier.ts'
import { isUnreached, type ReplayListedPorts, replayListed, wasAnswered } from './replay-listed.ts'
import type { Listed } from './scan.ts'
import { type BacktestLine, backtestLine } from './state.ts'
import type { Finished } from './tally.ts'

export type RunPorts = ReplayListedPorts &
  Waiting & {
    /** Keeps what became of one transcript. */
    readonly keep: (line: BacktestLine) => void
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

/** The judge's own client has tried each call more than once already. */
const TRIES = { each: 1, givenUpInARow: 20 }

export async function runBacktest(ports: RunPorts, options: RunOptions): Promise<RunEnd> {
  return new BacktestRun(ports, options).run()
}

type Replayed = FinishedUnit & { readonly finished: Finished }

class BacktestRun {
  readonly #ports: RunPorts
  readonly #options: RunOptions
  readonly #frontier: Frontier
  /** Found while the judge was out of reach, one after the other: not kept, and so tried again, unless it comes back. */
  #unreached: (readonly [Taken, Finished])[] = []

  constructor(ports: RunPorts, options: RunOptions) {
    this.#ports = ports
    this.#options = options
    this.#frontier = new Frontier(options.earlier.upTo)
  }

  async run(): Promise<RunEnd> {
    const { concurrency, stop } = this.#options
    const { end } = await runJob<Taken, Replayed>(
      {
        ...this.#ports,
        run: (taken) => this.#replay(taken),
        keep: (taken, { finished, asked }) => {
          this.#keep(taken, finished)
          if (asked) this.#keepUnreached()
        },
        lost() {},
        hasRoom: () => this.#frontier.hasRoom(),
      },
      {
        units: this.#take(),
        concurrency,
        tries: TRIES,
        budgetTokens: null,
        spentTokens: 0,
        stop,
      },
    )
    if (end === 'done') this.#keepUnreached()
    if (end === 'upstream_down') return 'judge_down'
    return end === 'done' ? 'done' : 'stopped'
  }

  async *#take(): AsyncGenerator<Taken> {
    const { items, limit, earlier } = this.#options
    let count = earlier.finished - earlier.beyond.size
    if (limit !== null && count >= limit) return
    for await (const at of items) {
      const taken = this.#frontier.take(at)
      if (earlier.beyond.has(at.id)) this.#frontier.close(taken)
      else yield taken
      if (++count === limit) return
    }
  }

  async #replay(taken: Taken): Promise<Replayed | Unfinished> {
    // Nothing is under way any more, and only those hold up the frontier: what is behind them must not grow without end.
    if (!this.#frontier.hasRoom()) this.#keepUnreached()
    const finished = await replayListed(this.#ports, taken.at)
    if (!isUnreached(finished)) {
      return { kind: 'done', tokens: 0, asked: wasAnswered(finished), finished }
    }
    this.#unreached.push([taken, finished])
    const reason = 'judge_unreachable'
    return { kind: 'unfinished', cause: 'transient', reason, tokens: 0, pauseMs: null }
  }

  #keep(taken: Taken, finished: Finished): void {
    this.#frontier.close(taken)
    this.#ports.keep(backtestLine(finished, { at: taken.at, upTo: this.#frontier.upTo }))
  }

  #keepUnreached(): void {
    for (const [taken, finished] of this.#unreached.splice(0)) this.#keep(taken, finished)
  }
}
