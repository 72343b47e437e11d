/**
 * A bounded queue of work behind the answers, for platforms whose process outlives a request.
 * At most so many run at once and so many wait; what finds no room is dropped and counted, and never delays a request.
 */

export type BackgroundOptions<Job> = {
  /** Must not reject. */
  readonly run: (job: Job) => Promise<void>
  readonly concurrency: number
  readonly room: number
  readonly onDropped: () => void
}

export type Background<Job> = {
  add(job: Job): void
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>
}

export function createBackground<Job>(options: BackgroundOptions<Job>): Background<Job> {
  const { run, concurrency, room, onDropped } = options
  const waiting: Job[] = []
  const idlers: (() => void)[] = []
  let running = 0

  function next(): void {
    while (running < concurrency) {
      const job = waiting.shift()
      if (job === undefined) break
      running++
      void run(job).finally(() => {
        running--
        next()
      })
    }
    if (running === 0) for (const resolve of idlers.splice(0)) resolve()
  }

  return {
    add(job) {
      if (running >= concurrency && waiting.length >= room) return onDropped()
      waiting.push(job)
      next()
    },
    idle() {
      return running === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))
    },
  }
}
