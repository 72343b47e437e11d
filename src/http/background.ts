/**
 * A bounded queue of work behind the answers, for platforms whose process outlives a request.
 * At most so many and so much run at once, and so many and so much wait; what finds no room is dropped and counted, and never delays a
 * request. Closing waits for what runs and drops what waits: a process that is told to end has seconds, not minutes.
 */

export type BackgroundOptions<Job> = {
  /** Must not reject. */
  readonly run: (job: Job) => Promise<void>
  readonly concurrency: number
  /** What runs at once may weigh no more, unless it runs alone. */
  readonly weightAtOnce: number
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
  const { run, concurrency, weightAtOnce, room, weigh, roomByWeight, onDropped } = options
  const waiting: { readonly job: Job; readonly weight: number }[] = []
  const running = new Set<Promise<void>>()
  let waitingWeight = 0
  let runningWeight = 0
  let open = true

  const mayRun = (weight: number): boolean =>
    running.size === 0 || (running.size < concurrency && runningWeight + weight <= weightAtOnce)

  function next(): void {
    for (let first = waiting[0]; first && mayRun(first.weight); first = waiting[0]) {
      waiting.shift()
      waitingWeight -= first.weight
      start(first.job, first.weight)
    }
  }

  function start(job: Job, weight: number): void {
    runningWeight += weight
    const ended = run(job).finally(() => {
      running.delete(ended)
      runningWeight -= weight
      next()
    })
    running.add(ended)
  }

  return {
    add(job) {
      const weight = weigh(job)
      // Nothing that came later overtakes what waits.
      if (open && waiting.length === 0 && mayRun(weight)) return start(job, weight)
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
