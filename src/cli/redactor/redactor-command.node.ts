/**
 * A command that redacts: started once, asked a line for each row, many at once, each answered in its own time. I/O with a process
 * of the user's own. Whatever goes wrong with it ends the work that asks: no row leaves that it has not looked at. What it writes
 * to standard error is shown where it fails, and nowhere else.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { rowTexts, withTexts } from '../../harvest/redaction/row-texts.ts'
import type { RedactorTold } from '../../harvest/redaction/tell.ts'
import type { JsonValue } from '../../lib/json.ts'
import { printable } from '../../text/printable.ts'
import { linesOf } from '../shell/lines-of.ts'
import { commandDigest, readCommand } from './read-command.node.ts'
import { applyAnswer, type RedactorAnswer, readLine, writeRequest } from './redactor-protocol.ts'
import { createRowNames } from './row-names.ts'

export type RowRedactor = AsyncDisposable & {
  /** @throws RedactorError where the row was not looked at. */
  redact<Row extends JsonValue>(row: Row): Promise<Row>
  /** After the last row. @throws RedactorError where it did not end as it should. */
  finish(): Promise<RedactorTold | null>
}

export class RedactorError extends Error {
  override readonly name = 'RedactorError'
}

/** Gives rows as they are. */
const NONE: RowRedactor = {
  redact: (row) => Promise.resolve(row),
  finish: () => Promise.resolve(null),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

/** Without a word of it: a model that is loaded first, and a long row after it. */
const SILENT_MS = 180_000
/** Between the end of its input and its own. */
const END_MS = 30_000
/** Between the signal that it may heed, and the one that it cannot. */
const HEED_MS = 2_000
/** Of an answer: no row is as long. */
const MAX_LINE = 64 * 1024 * 1024
const MAX_STDERR = 2_000

type Waiting = {
  readonly resolve: (answer: RedactorAnswer) => void
  readonly reject: (error: unknown) => void
}

/** @throws UsageError for what is no command, RedactorError where it does not start. */
export async function openRedactor(
  command: string | undefined,
  { silentMs = SILENT_MS }: { readonly silentMs?: number } = {},
): Promise<RowRedactor> {
  if (command === undefined) return NONE
  const [program, ...args] = readCommand(command)
  // Without a shell: nothing in a name is run.
  const child = spawn(program, args, { stdio: 'pipe', windowsHide: true })
  try {
    await once(child, 'spawn')
  } catch {
    throw new RedactorError(
      `Name a program that is there with --redactor, without what only a shell knows: ${program}`,
    )
  }
  return new RedactorCommand({
    child,
    program,
    silentMs,
    digest: commandDigest([program, ...args]),
  })
}

type Started = {
  readonly child: ChildProcessWithoutNullStreams
  readonly program: string
  readonly digest: string
  readonly silentMs: number
}

class RedactorCommand implements RowRedactor {
  readonly #started: Started
  readonly #waiting = new Map<number, Waiting>()
  readonly #counts = new Map<string, number>()
  readonly #read: Promise<void>
  readonly #exit: Promise<number | null>
  #next = 1
  #version: string | null = null
  #stderr = ''
  #hasEnded = false
  #failure: RedactorError | null = null
  #silence: NodeJS.Timeout | undefined

  constructor(started: Started) {
    this.#started = started
    const { child } = started
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR)
    })
    // It may end while something is written to it: that it has ended is told by its exit.
    child.stdin.on('error', () => {})
    this.#exit = new Promise((resolve) => child.once('close', resolve))
    this.#read = this.#readAnswers().catch(() => {
      this.#fail('wrote a line without an end')
    })
  }

  async redact<Row extends JsonValue>(row: Row): Promise<Row> {
    const texts = rowTexts(row)
    if (texts.length === 0) return row
    const names = createRowNames(texts)
    const applied = applyAnswer(await this.#ask(texts), texts, names.nameOf)
    if (!applied.ok) throw this.#fail(applied.failure)
    for (const [kind, count] of names.counts) {
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count)
    }
    const instead = new Map(texts.map((text, at) => [text, applied.value[at] ?? '']))
    return withTexts(row, instead) as Row
  }

  async #ask(texts: readonly string[]): Promise<RedactorAnswer> {
    if (this.#failure) throw this.#failure
    if (this.#hasEnded) throw this.#fail('ended before it had answered')
    const id = this.#next++
    const { promise, resolve, reject } = Promise.withResolvers<RedactorAnswer>()
    this.#waiting.set(id, { resolve, reject })
    this.#listen()
    this.#started.child.stdin.write(writeRequest(id, texts))
    return promise
  }

  async #readAnswers(): Promise<void> {
    for await (const line of linesOf(this.#started.child.stdout, MAX_LINE)) {
      if (this.#failure) return
      if (line.trim() === '') continue
      const read = readLine(line)
      if (!read.ok) {
        this.#fail(read.failure)
        return
      }
      if ('greeting' in read.value) this.#version = read.value.greeting
      else this.#take(read.value.answer)
    }
    await this.#exit
    this.#hasEnded = true
    if (this.#waiting.size > 0) this.#fail('ended before it had answered')
  }

  #take(answer: RedactorAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    if (!waiting) {
      this.#fail('answered an id that was not asked, or one twice')
      return
    }
    this.#waiting.delete(answer.id)
    this.#listen()
    waiting.resolve(answer)
  }

  /** From now on it may be silent for so long. */
  #listen(): void {
    clearTimeout(this.#silence)
    if (this.#waiting.size === 0) return
    const { silentMs } = this.#started
    this.#silence = setTimeout(() => this.#fail('was silent for too long'), silentMs)
  }

  #fail(what: string): RedactorError {
    this.#failure ??= new RedactorError(this.#describe(what))
    clearTimeout(this.#silence)
    for (const { reject } of this.#waiting.values()) reject(this.#failure)
    this.#waiting.clear()
    this.#stop()
    return this.#failure
  }

  /** What it has started in its turn may hold its pipes for ever. */
  #stop(): void {
    const { child } = this.#started
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy()
    child.kill()
    const kill = setTimeout(() => child.kill('SIGKILL'), HEED_MS)
    void this.#exit.then(() => clearTimeout(kill))
  }

  #describe(what: string): string {
    const said = printable(this.#stderr).trim()
    const words = said === '' ? '' : `. It said:\n${said}`
    return `Nothing was written: the redactor ${this.#started.program} ${what}${words}`
  }

  async finish(): Promise<RedactorTold> {
    const { child, program, digest } = this.#started
    child.stdin.end()
    const late = setTimeout(() => this.#fail('did not end with its input'), END_MS)
    const code = await this.#exit
    clearTimeout(late)
    await this.#read
    if (this.#failure) throw this.#failure
    if (code !== 0) throw this.#fail(`ended with exit code ${code}`)
    // In no order of answers: the same rows make the same card.
    const counts = [...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1))
    const redacted = Object.fromEntries(counts)
    return { name: basename(program), digest, version: this.#version, redacted }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#silence)
    this.#stop()
    await this.#exit
  }
}
