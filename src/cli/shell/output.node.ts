/**
 * Where commands write, and what becomes of it when nobody reads: whoever has seen enough closes the pipe, and neither is told of it
 * nor ends work that goes on. Writes to the streams of the process. What was lost for another reason is never passed over.
 */
import { getSystemErrorMessage } from 'node:util'

export type Output = {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Fires when nobody reads the results any more. */
  readonly unread: AbortSignal
}

/** The other end is gone: a pipe, a socket, a terminal, a stream that was closed before the start. */
const LEFT: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'EIO',
  'EBADF',
  'ECONNRESET',
  'ENOTCONN',
  'ERR_STREAM_DESTROYED',
])

/** Takes the streams of a process; one that lost results ends with exit code 1 where it would have ended with 0. */
export function openOutput(program: NodeJS.Process): Output {
  const { stdout, stderr } = program
  const unread = new AbortController()
  let lost: NodeJS.ErrnoException | null = null
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (LEFT.has(error.code)) unread.abort()
    else lost ??= error
  })
  // Whoever does not read what is told beside the results has lost nothing of them.
  stderr.on('error', () => {})
  program.once('exit', () => {
    if (lost === null) return
    program.exitCode ||= 1
    stderr.write(`Could not write the output: ${reasonOf(lost)}\n`)
  })
  return {
    stdout: (text) => {
      if (!unread.signal.aborted && lost === null) stdout.write(text)
    },
    stderr: (text) => void stderr.write(text),
    unread: unread.signal,
  }
}

function reasonOf({ errno, message }: NodeJS.ErrnoException): string {
  return errno === undefined ? message : getSystemErrorMessage(errno)
}
