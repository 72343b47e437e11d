/** A task of the process, again and again. Timers; a task that has not ended is not begun again meanwhile. */
export type Repeating = {
  /** Begins no more, and resolves when the one that runs has ended. */
  stop(): Promise<void>
}

/** `task` must not reject. */
export function repeat(everyMs: number, task: () => Promise<void>): Repeating {
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= task().finally(() => {
      running = null
    })
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
