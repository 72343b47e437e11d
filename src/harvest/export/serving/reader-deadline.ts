/**
 * How long a stream waits for its reader: for a while in all, and longer for as much as it has taken, so that a slow line gets
 * everything, and whoever reads nothing, or a byte now and then, holds nothing up. It owns one timer; no I/O.
 */
import type { Clock } from '../../../lib/clock.ts'

export type ReaderDeadline = {
  /** Waits for a reader, who takes so many bytes. */
  wait(taking: Promise<void>, bytes: number): Promise<void>
  /** Must be called when nobody is waited for any more. */
  end(): void
}

export class SlowReaderError extends Error {
  override readonly name = 'SlowReaderError'

  constructor() {
    super('It was read too slowly')
  }
}

/** Whoever keeps evaluations out of sealed transcripts reads those first, and the stream stands meanwhile. */
const DEADLINE_MS = 5 * 60_000
/** Less than any line that an export goes through. */
const LEAST_BYTES_PER_MS = 16

/** `lose` is called once, when it has none left. */
export function createReaderDeadline(
  clock: Pick<Clock, 'monotonic'>,
  lose: (error: SlowReaderError) => void,
): ReaderDeadline {
  let leftMs = DEADLINE_MS
  let since: number | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const check = () => {
    timer = undefined
    if (since === null) return
    const left = leftMs - (clock.monotonic() - since)
    if (left <= 0) lose(new SlowReaderError())
    else timer = setTimeout(check, left)
  }

  return {
    async wait(taking, bytes) {
      since = clock.monotonic()
      // One that runs already fires too early rather than too late, and looks again.
      timer ??= setTimeout(check, leftMs)
      try {
        await taking
      } finally {
        leftMs += bytes / LEAST_BYTES_PER_MS - (clock.monotonic() - since)
        since = null
      }
    },
    end() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
