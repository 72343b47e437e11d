/**
 * Waiting by progress: until what a test watches has come about, however long a busy machine takes for it. No I/O but what the watched
 * does. Where a matcher says it better, `expect.poll` waits in the same way (vitest.config.ts).
 */
import { setTimeout as pause } from 'node:timers/promises'

const LOOK_MS = 20

/** Nothing takes so long that comes at all. */
const NEVER_MS = 240_000

/**
 * Looks until it holds, or until `over` settles: the end of a process that could have brought it about, say.
 * @throws what `over` rejects with; Error that names what never came.
 */
export async function until(
  awaited: string,
  holds: () => boolean | Promise<boolean>,
  over: Promise<unknown> = new Promise(() => {}),
): Promise<void> {
  let isOver = false
  const ended = over.finally(() => {
    isOver = true
  })
  const look = async () => {
    const sinceMs = performance.now()
    while (!isOver && !(await holds())) {
      if (performance.now() - sinceMs > NEVER_MS) throw new Error(`It never came: ${awaited}`)
      await pause(LOOK_MS)
    }
  }
  await Promise.race([ended, look()])
}
