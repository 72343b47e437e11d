/**
 * A bounded queue of work behind the answers, for platforms whose process outlives a request.
 * At most so many run at once, and so many and so much wait; what finds no room is dropped and counted, and never delays a
 * request. Closing waits for what runs and drops what waits: a process that is told to end has seconds, not minutes.
 */

export type BackgroundOptions<Job> = {
  /** Must not reject. */
  readonly run: (job: Job) => Promise<void>
  readonly concurrency: number
  /** So many jobs may wait. */
  readonly room: number
  /** What a job holds in memory while it waits, and how much of that all may hold, in any one unit. */
  readonly weigh: (job: Job) => number
  readonly roomByWeight: number
  readonly onDropped: (job: Job) => void
}

export type Background<Job> = {
  add(job: Job): void
  /** Resolves when nothing runs; what waits, or is added from now on, is dropped. */
  close(): Promise<void>
}

export function createBackground<Job>(options: BackgroundOptions<Job>): Background<Job> {
  const { run, concurrency, room, weigh, roomByWeight, onDropped } = options
  const waiting: { readonly job: Job; readonly weight: number }[] = []
  const running = new Set<Promise<void>>()
  let waitingWeight = 0
  let open = true

  function next(): void {
    while (running.size < concurrency) {
      const first = waiting.shift()
      if (first === undefined) return
      waitingWeight -= first.weight
      start(first.job)
    }
  }

  function start(job: Job): void {
    const ended = run(job).finally(() => {
      running.delete(ended)
      next()
    })
    running.add(ended)
  }

  return {
    add(job) {
      if (open && running.size < concurrency) return start(job)
      const weight = weigh(job)
      if (!open || waiting.length >= room || waitingWeight + weight > roomByWeight) {
        return onDropped(job)
      }
      waiting.push({ job, weight })
      waitingWeight += weight
    },
    async close() {
      open = false
      for (const { job } of waiting.splice(0)) onDropped(job)
      await Promise.all(running)
    },
  }
}
