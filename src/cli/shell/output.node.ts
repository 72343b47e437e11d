/**
 * Where commands write, and what becomes of it when nobody reads: whoever has seen enough closes the pipe, and neither is told of it
 * nor ends work that goes on. Writes to the streams of the process. What was lost for another reason is never passed over.
 */
import { fstatSync } from 'node:fs'
import { getSystemErrorMessage } from 'node:util'
import { writeAll } from '../../lib/write-all.node.ts'

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
  // Of a file nobody has left: whatever is wrong with it, what was to be in it is not.
  const file = fileOf(stdout)
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (file === null && LEFT.has(error.code)) unread.abort()
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
      if (unread.signal.aborted || lost !== null) return
      if (file === null) stdout.write(text)
      else lost = writeFile(file, text)
    },
    stderr: (text) => void stderr.write(text),
    unread: unread.signal,
  }
}

/** The descriptor of a stream that goes into a file; null for pipes, sockets and devices. */
function fileOf({ fd }: NodeJS.WriteStream & { readonly fd: number }): number | null {
  try {
    return fstatSync(fd).isFile() ? fd : null
  } catch {
    return null
  }
}

/** Not by Node's stream, which asks no file how much it has taken. */
function writeFile(file: number, text: string): NodeJS.ErrnoException | null {
  try {
    writeAll(file, Buffer.from(text))
    return null
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
}

function reasonOf({ errno, message }: NodeJS.ErrnoException): string {
  return errno === undefined ? message : getSystemErrorMessage(errno)
}
