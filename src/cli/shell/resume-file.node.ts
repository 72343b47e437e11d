/**
 * The resume file of a backtest on disk: read line by line, a torn end cut off, then appended to. Does file I/O.
 * A line is in the file before anything else is asked, so that a kill loses only what was under way.
 */
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import {
  createResumeReader,
  decodeHeader,
  encodeFinished,
  encodeHeader,
  headerDifferences,
  type ResumeHeader,
} from '../../jobs/backtest/resume.ts'
import type { Earlier, RunPorts } from '../../jobs/backtest/run.ts'
import type { Finished } from '../../jobs/backtest/tally.ts'

/** How every header begins. */
const HEADER_START = '{"backtest":1,'

export type ResumeFile = {
  readonly header: ResumeHeader
  readonly earlier: Earlier
  readonly append: RunPorts['keep']
  close(): void
}

export type OpenResumeOptions = {
  readonly path: string
  /** What this run compares; `until` null: whatever the file says, else now. */
  readonly header: Omit<ResumeHeader, 'until'> & { readonly until: number | null }
  readonly now: number
  readonly onFinished: (finished: Finished) => void
}

/** @throws Error for a file that is another backtest's, or none at all: it is left as it was. */
export async function openResumeFile(options: OpenResumeOptions): Promise<ResumeFile> {
  const { path, now, onFinished } = options
  const reader = createResumeReader(onFinished)
  let header: ResumeHeader | null = null
  let number = 0
  let wholeBytes = 0
  for await (const line of wholeLines(path)) {
    number++
    wholeBytes += Buffer.byteLength(line) + 1
    if (header) {
      if (!reader.read(line)) throw notResumable(path, `line ${number} is no line of a backtest`)
      continue
    }
    header = decodeHeader(line)
    if (!header) throw notResumable(path, 'it does not begin as one')
    const differences = headerDifferences(header, {
      ...options.header,
      until: options.header.until ?? header.until,
    })
    if (differences.length > 0) {
      throw notResumable(path, `it was begun with other settings (${differences.join('; ')})`)
    }
  }
  if (existsSync(path)) {
    if (!header && !isTornHeader(path)) throw notResumable(path, 'it does not begin as one')
    truncateSync(path, wholeBytes)
  }
  const descriptor = openSync(path, 'a', 0o600)
  const begun: ResumeHeader = header ?? { ...options.header, until: options.header.until ?? now }
  if (!header) writeSync(descriptor, encodeHeader(begun))
  return {
    header: begun,
    earlier: reader.earlier(),
    append: (finished, at, upTo) => void writeSync(descriptor, encodeFinished(finished, at, upTo)),
    close: () => closeSync(descriptor),
  }
}

/** The lines that have an end, without it. */
async function* wholeLines(path: string): AsyncGenerator<string> {
  if (!existsSync(path)) return
  let rest = ''
  for await (const piece of createReadStream(path, { encoding: 'utf8' })) {
    const lines = (rest + String(piece)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

/** True for an empty file, and for one that was killed in its first line. */
function isTornHeader(path: string): boolean {
  const text = readFileSync(path, 'utf8')
  return HEADER_START.startsWith(text.slice(0, HEADER_START.length))
}

function notResumable(path: string, why: string): Error {
  return new Error(
    `Name another file with --resume, or remove this one: ${path} cannot be gone on with: ${why}`,
  )
}
