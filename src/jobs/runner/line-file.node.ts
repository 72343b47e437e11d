/**
 * A file that only grows, a line at a time: what long work remembers, so that a kill costs only what was under way. File I/O.
 * A torn end is cut off. One process has it at a time: two would do, and pay for, the same work.
 */
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { writeAll } from '../../lib/write-all.node.ts'

/** Where a line stands, without its end. */
export type StoredLine = { readonly offset: number; readonly bytes: number }

export type LineFile = {
  /** Writes one line, which must hold its own end; it is in the file when this returns. */
  append(line: string): StoredLine
  readAt(place: StoredLine): string
  close(): void
}

export type LineFileOptions = {
  readonly path: string
  /** How the first line begins: tells a file of this kind, torn or whole, from any other. */
  readonly start: string
  /** Called for a file of another kind. @throws Error to refuse it. */
  readonly onOther: () => never
  /** Called for each whole line that is there. @throws Error to refuse the file, which is then left as it was. */
  readonly onLine: (line: string, number: number, place: StoredLine) => void | Promise<void>
}

/** @throws Error for a file of another kind, and for one that another process has. */
export async function openLineFile(options: LineFileOptions): Promise<LineFile> {
  const { path } = options
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const unlock = lock(`${path}.lock`)
  try {
    const end = existsSync(path) ? await readWhatIsThere(options) : 0
    return new AppendedFile(openSync(path, 'a+', 0o600), { end, unlock })
  } catch (error) {
    unlock()
    throw error
  }
}

/** Where the last whole line ends; what a kill has torn behind it is cut off. */
async function readWhatIsThere(options: LineFileOptions): Promise<number> {
  const { path, start, onOther, onLine } = options
  if (!beginsAs(path, start)) onOther()
  let [number, end] = [0, 0]
  for await (const { text, place } of readLines(path)) {
    await onLine(text, ++number, place)
    end = place.offset + place.bytes + 1
  }
  truncateSync(path, end)
  return end
}

class AppendedFile implements LineFile {
  readonly #descriptor: number
  readonly #unlock: () => void
  #end: number

  constructor(
    descriptor: number,
    { end, unlock }: { readonly end: number; readonly unlock: () => void },
  ) {
    this.#descriptor = descriptor
    this.#unlock = unlock
    this.#end = end
  }

  append(line: string): StoredLine {
    const bytes = Buffer.from(line)
    const place = { offset: this.#end, bytes: bytes.length - 1 }
    writeAll(this.#descriptor, bytes)
    this.#end += bytes.length
    return place
  }

  readAt({ offset, bytes }: StoredLine): string {
    const buffer = Buffer.alloc(bytes)
    readSync(this.#descriptor, buffer, 0, bytes, offset)
    return buffer.toString('utf8')
  }

  close(): void {
    closeSync(this.#descriptor)
    this.#unlock()
  }
}

/** The lines that have an end. */
async function* readLines(
  path: string,
): AsyncGenerator<{ readonly text: string; readonly place: StoredLine }> {
  let rest: Buffer[] = []
  let offset = 0
  for await (const piece of createReadStream(path)) {
    let from = 0
    const bytes = piece as Buffer
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      const line = Buffer.concat([...rest, bytes.subarray(from, at)])
      yield { text: line.toString('utf8'), place: { offset, bytes: line.length } }
      offset += line.length + 1
      rest = []
      from = at + 1
    }
    rest.push(bytes.subarray(from))
  }
}

/** An empty file, and one that was killed in its first line, begin as anything. */
function beginsAs(path: string, start: string): boolean {
  const descriptor = openSync(path, 'r')
  const head = Buffer.alloc(Buffer.byteLength(start))
  const bytes = readSync(descriptor, head, 0, head.length, 0)
  closeSync(descriptor)
  return start.startsWith(head.subarray(0, bytes).toString('utf8'))
}

/** @throws Error where a process that lives has it. */
function lock(path: string): () => void {
  for (;;) {
    try {
      const descriptor = openSync(path, 'wx', 0o600)
      writeSync(descriptor, String(process.pid))
      closeSync(descriptor)
      return () => rmSync(path, { force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      const owner = ownerOf(path)
      if (owner !== null && isAlive(owner)) {
        const mend = `Wait for process ${owner}, or remove ${path} if that is another program`
        throw new Error(`${mend}: the same work is under way`)
      }
      rmSync(path, { force: true })
    }
  }
}

function ownerOf(path: string): number | null {
  try {
    const owner = Number(readFileSync(path, 'utf8'))
    return Number.isSafeInteger(owner) && owner > 0 ? owner : null
  } catch {
    return null
  }
}

/** A number that this process has now was somebody else's before. */
function isAlive(owner: number): boolean {
  if (owner === process.pid) return false
  try {
    process.kill(owner, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
