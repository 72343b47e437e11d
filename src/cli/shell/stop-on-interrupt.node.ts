/** Ctrl-C for long work: it ends in order, and a second one ends the program at once, as it does everywhere. Hears signals. */
import type { Io } from './io.ts'

/** Fires `signal` on the first Ctrl-C, and with the command's own; until it is disposed of. */
export function stopOnInterrupt({ stderr, signal }: Pick<Io, 'stderr' | 'signal'>): Disposable & {
  readonly signal: AbortSignal
} {
  const stopping = new AbortController()
  const stop = () => {
    stderr('\nStopping: what is under way is finished first\n')
    stopping.abort()
  }
  process.once('SIGINT', stop)
  return {
    signal: AbortSignal.any(signal ? [stopping.signal, signal] : [stopping.signal]),
    [Symbol.dispose]: () => void process.off('SIGINT', stop),
  }
}
