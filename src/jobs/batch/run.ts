/**
 * Runs what is left of a batch: so many prompts at once, within a budget and the upstream's rates. I/O through the ports.
 * What an item is does not matter here: documents are written by the same rules.
 * It ends in order: nothing new begins once it is told to stop or the budget is spent, and what is under way is finished,
 * because it is paid for.
 */
import { type Backoff, backoff, jittered } from '../../lib/backoff.ts'
import type { Random } from '../../lib/clock.ts'
import type { Allowance } from './allowance.ts'
import type { Unfinished } from './run-item.ts'

export type BatchLine = { readonly line: number; readonly text: string }

/** As much as is looked at of what is done with. */
export type Finished = {
  readonly kind: 'done'
  readonly tokens: number
  /** True where it was there already, and paid for. */
  readonly found: boolean
}

export type BatchRunPorts<Item, Done extends Finished> = {
  readonly run: (item: Item) => Promise<Done | Unfinished>
  /** Remembers what is done with. */
  readonly keep: (item: Item, done: Done) => void
  /** Told of tokens that led to nothing, so that they count all the same. */
  readonly lost: (tokens: number) => void
  /** A pause, ended early by the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  readonly random: Random
}

export type BatchRunOptions<Item> = {
  /** What no earlier run has finished. */
  readonly items: AsyncIterable<Item>
  readonly concurrency: number
  readonly allowances: readonly Allowance[]
  /** Null: without bounds. What earlier runs have spent counts. */
  readonly budgetTokens: number | null
  readonly spentTokens: number
  readonly stop: AbortSignal
}

export type BatchEnd =
  | { readonly end: 'done' | 'stopped' | 'budget'; readonly reason: null }
  /** Nothing goes: the class of the last failure says why. */
  | { readonly end: 'upstream_down' | 'upstream_refuses' | 'storage'; readonly reason: string }

/** `open`: begun, and left for another run. */
export type BatchRunResult = BatchEnd & { readonly open: number }

const MAX_TRIES = 4
const BACKOFF_MS: Backoff = { first: 1_000, longest: 30_000 }
/** Whoever is told to wait longer than that is better told to come back. */
const LONGEST_ASKED_MS = 120_000
/** So many in a row that nothing came of: the upstream is away. */
const MAX_GIVEN_UP_IN_A_ROW = 10

export async function runBatch<Item, Done extends Finished>(
  ports: BatchRunPorts<Item, Done>,
  options: BatchRunOptions<Item>,
): Promise<BatchRunResult> {
  const { items, concurrency, allowances, stop } = options
  const purse = createPurse(options)
  const ending = new AbortController()
  const over = AbortSignal.any([stop, ending.signal])
  const active = new Set<Promise<void>>()
  let end: BatchEnd | null = null
  let open = 0
  let givenUp = 0
  const halt = (why: BatchEnd) => {
    end ??= why
    ending.abort()
  }

  const settle = (item: Item, last: Done | Unfinished) => {
    if (last.kind === 'done') {
      givenUp = 0
      ports.keep(item, last)
      return
    }
    open++
    const { cause, reason } = last
    if (cause === 'storage') halt({ end: 'storage', reason })
    if (cause === 'fatal') halt({ end: 'upstream_refuses', reason })
    if (cause === 'transient' && !over.aborted && ++givenUp >= MAX_GIVEN_UP_IN_A_ROW) {
      halt({ end: 'upstream_down', reason })
    }
  }
  const work = async (item: Item) => {
    try {
      const last = await tryItem(ports, item, { over, spend: purse.spend })
      purse.ended({ paid: last.kind !== 'done' || !last.found })
      settle(item, last)
    } catch (error) {
      ending.abort()
      throw error
    }
  }
  const failures: unknown[] = []
  const begin = (item: Item) => {
    purse.began()
    const running: Promise<void> = work(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => active.delete(running))
    active.add(running)
  }

  for await (const item of items) {
    while (active.size > 0 && (active.size >= concurrency || !purse.hasRoom())) {
      await Promise.race(active)
    }
    if (!purse.hasRoom()) halt({ end: 'budget', reason: null })
    await waitFor(allowances, ports, over)
    if (over.aborted) break
    begin(item)
  }
  await Promise.all(active)
  if (failures.length > 0) throw failures[0]
  const ended: BatchEnd = end ?? { end: stop.aborted ? 'stopped' : 'done', reason: null }
  return { ...ended, open }
}

async function tryItem<Item, Done extends Finished>(
  ports: BatchRunPorts<Item, Done>,
  item: Item,
  { over, spend }: { readonly over: AbortSignal; readonly spend: (tokens: number) => void },
): Promise<Done | Unfinished> {
  for (let tries = 1; ; tries++) {
    const result = await ports.run(item)
    if (result.kind === 'done') {
      if (!result.found) spend(result.tokens)
      return result
    }
    spend(result.tokens)
    ports.lost(result.tokens)
    const { pauseMs } = result
    const isWorthIt = result.cause === 'transient' && (pauseMs ?? 0) <= LONGEST_ASKED_MS
    if (!isWorthIt || tries >= MAX_TRIES || over.aborted) return result
    const waitMs = jittered(backoff(BACKOFF_MS, tries), ports.random)
    await ports.pause(Math.max(pauseMs ?? 0, waitMs), over)
    if (over.aborted) return result
  }
}

/** What is left of the budget, with what is under way counted at the mean of what is done. */
function createPurse({
  budgetTokens,
  spentTokens,
}: Pick<BatchRunOptions<unknown>, 'budgetTokens' | 'spentTokens'>) {
  let spent = spentTokens
  let paid = 0
  let finished = 0
  let underWay = 0
  return {
    began: () => void underWay++,
    /** What was paid for before says nothing of what one costs. */
    ended({ paid: isPaid }: { readonly paid: boolean }) {
      underWay--
      if (isPaid) finished++
    },
    spend: (tokens: number) => {
      spent += tokens
      paid += tokens
    },
    hasRoom(): boolean {
      if (budgetTokens === null) return true
      // Until one is done nobody knows what one costs.
      if (finished === 0) return underWay === 0 && spent < budgetTokens
      return spent + (underWay + 1) * (paid / finished) <= budgetTokens
    },
  }
}

async function waitFor(
  allowances: readonly Allowance[],
  { pause }: Pick<BatchRunPorts<unknown, Finished>, 'pause'>,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const ms = Math.max(0, ...allowances.map((allowance) => allowance.waitMs()))
    if (ms === 0) return
    await pause(ms, over)
  }
}
