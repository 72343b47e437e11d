/**
 * Runs what is left of a job: so many units at once, within a budget and the upstream's rates. I/O through the ports.
 * What a unit is does not matter here: a prompt of a batch, a call of the documents job, a transcript of a backtest.
 * It ends in order: nothing new begins once it is told to stop or the budget is spent, and what is under way is finished,
 * because it is paid for.
 */
import type { Random } from '../../lib/clock.ts'
import type { Rates } from './allowance.ts'
import { Budget, type BudgetOptions } from './budget.ts'

/** As much as is looked at of what is done with. */
export type Finished = {
  readonly kind: 'done'
  readonly tokens: number
  /** False where nothing was asked for it: it was there already, or needs nothing. */
  readonly asked: boolean
}

export type Unfinished = {
  readonly kind: 'unfinished'
  readonly cause: 'transient' | 'fatal' | 'stopped' | 'storage'
  /** A class. */
  readonly reason: string
  /** Spent all the same. */
  readonly tokens: number
  readonly pauseMs: number | null
}

/** How a job waits, and by chance how long. */
export type Waiting = {
  /** A pause, ended early by the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  readonly random: Random
}

export type JobPorts<Unit, Done extends Finished> = Waiting & {
  readonly run: (unit: Unit) => Promise<Done | Unfinished>
  /** Remembers what is done with. */
  readonly keep: (unit: Unit, done: Done) => void
  /** Hears of tokens that led to nothing, so that they count all the same. */
  readonly lost: (tokens: number) => void
  /** False while what is under way had better end before another begins; left out: never. */
  readonly hasRoom?: () => boolean
}

/** How often a failure that may pass is borne. */
export type Tries = {
  readonly each: number
  /** So many units in a row that nothing came of: the upstream is away. */
  readonly givenUpInARow: number
}

export type JobOptions<Unit> = BudgetOptions & {
  /** What no earlier run has finished. */
  readonly units: AsyncIterable<Unit>
  readonly concurrency: number
  /** Left out: without bounds. */
  readonly rates?: Rates
  readonly tries?: Tries
  readonly stop: AbortSignal
}

export type JobEnd =
  | { readonly end: 'done' | 'stopped' | 'budget'; readonly reason: null }
  /** Nothing goes: the class of the last failure says why. */
  | { readonly end: 'upstream_down' | 'upstream_refuses' | 'storage'; readonly reason: string }

/** `open`: begun, and left for another run. */
export type JobResult = JobEnd & { readonly open: number }

const USUAL_TRIES: Tries = { each: 4, givenUpInARow: 10 }
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** Whoever is told to wait longer than that is better told to come back. */
const LONGEST_ASKED_MS = 120_000

/** @throws whatever a unit or the reading of units throws, once what is under way has ended and is kept. */
export async function runJob<Unit, Done extends Finished>(
  ports: JobPorts<Unit, Done>,
  options: JobOptions<Unit>,
): Promise<JobResult> {
  return new JobRun(ports, options).run()
}

class JobRun<Unit, Done extends Finished> {
  readonly #ports: JobPorts<Unit, Done>
  readonly #options: JobOptions<Unit>
  readonly #tries: Tries
  readonly #budget: Budget
  readonly #ending = new AbortController()
  /** Aborted once nothing new is to begin. */
  readonly #over: AbortSignal
  readonly #underWay = new Set<Promise<void>>()
  readonly #defects: unknown[] = []
  #end: JobEnd | null = null
  #open = 0
  #givenUpInARow = 0

  constructor(ports: JobPorts<Unit, Done>, options: JobOptions<Unit>) {
    this.#ports = ports
    this.#options = options
    this.#tries = options.tries ?? USUAL_TRIES
    this.#budget = new Budget(options)
    this.#over = AbortSignal.any([options.stop, this.#ending.signal])
  }

  async run(): Promise<JobResult> {
    try {
      for await (const unit of this.#options.units) {
        await this.#waitForRoom()
        if (!this.#budget.hasRoom()) this.#halt({ end: 'budget', reason: null })
        await this.#waitForRates()
        if (this.#over.aborted) break
        this.#begin(unit)
      }
    } catch (error) {
      this.#breakOff(error)
    }
    await Promise.all(this.#underWay)
    if (this.#defects.length > 0) throw this.#defects[0]
    const { stop } = this.#options
    const ended: JobEnd = this.#end ?? { end: stop.aborted ? 'stopped' : 'done', reason: null }
    return { ...ended, open: this.#open }
  }

  async #waitForRoom(): Promise<void> {
    const { concurrency } = this.#options
    const isFull = () =>
      this.#underWay.size >= concurrency ||
      !this.#budget.hasRoom() ||
      this.#ports.hasRoom?.() === false
    while (this.#underWay.size > 0 && isFull()) await Promise.race(this.#underWay)
  }

  async #waitForRates(): Promise<void> {
    const { calls, tokens } = this.#options.rates ?? {}
    while (!this.#over.aborted) {
      const ms = Math.max(calls?.waitMs() ?? 0, tokens?.waitMs() ?? 0)
      if (ms === 0) return
      await this.#ports.pause(ms, this.#over)
    }
  }

  #begin(unit: Unit): void {
    this.#budget.begin()
    const running: Promise<void> = this.#work(unit)
      .catch((error: unknown) => this.#breakOff(error))
      .finally(() => this.#underWay.delete(running))
    this.#underWay.add(running)
  }

  async #work(unit: Unit): Promise<void> {
    const last = await this.#tryUnit(unit)
    this.#budget.end({ asked: last.kind !== 'done' || last.asked })
    if (last.kind === 'done') {
      if (last.asked) this.#givenUpInARow = 0
      this.#ports.keep(unit, last)
    } else this.#leaveOpen(last)
  }

  async #tryUnit(unit: Unit): Promise<Done | Unfinished> {
    for (let tries = 1; ; tries++) {
      const result = await this.#ports.run(unit)
      if (result.kind === 'done') {
        if (result.asked) this.#spend(result.tokens)
        return result
      }
      this.#spend(result.tokens)
      this.#ports.lost(result.tokens)
      const isWorthIt = result.cause === 'transient' && (result.pauseMs ?? 0) <= LONGEST_ASKED_MS
      if (!isWorthIt || tries >= this.#tries.each || this.#over.aborted) return result
      await this.#ports.pause(this.#pauseMs(result, tries), this.#over)
      if (this.#over.aborted) return result
    }
  }

  #pauseMs({ pauseMs }: Unfinished, tries: number): number {
    const backoff = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1))
    return Math.max(pauseMs ?? 0, backoff * (0.5 + this.#ports.random.fraction() / 2))
  }

  #spend(tokens: number): void {
    this.#budget.spend(tokens)
    this.#options.rates?.tokens.spend(tokens)
  }

  #leaveOpen({ cause, reason }: Unfinished): void {
    this.#open++
    if (cause === 'storage') this.#halt({ end: 'storage', reason })
    if (cause === 'fatal') this.#halt({ end: 'upstream_refuses', reason })
    if (cause !== 'transient' || this.#over.aborted) return
    if (++this.#givenUpInARow >= this.#tries.givenUpInARow) {
      this.#halt({ end: 'upstream_down', reason })
    }
  }

  #halt(end: JobEnd): void {
    this.#end ??= end
    this.#ending.abort()
  }

  #breakOff(defect: unknown): void {
    this.#defects.push(defect)
    this.#ending.abort()
  }
}
