/** A command as a person writes it: words, and quotation marks around those with spaces. Reads the files that it names. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { UsageError } from '../shell/io.ts'

const WORD = /(?:[^\s"']+|"[^"]*"|'[^']*')+/g

/** @throws UsageError where there is no command, or a quotation mark too many. */
export function readCommand(text: string): readonly [program: string, ...args: string[]] {
  const words = text.match(WORD) ?? []
  const [program, ...args] = words.map((word) =>
    word.replace(
      /"([^"]*)"|'([^']*)'/g,
      (_, double?: string, single?: string) => double ?? single ?? '',
    ),
  )
  if (program === undefined || /["']/.test(text.replace(WORD, ''))) {
    throw new UsageError(
      `Set --redactor to a program and its arguments, in quotation marks where they hold spaces: ${text}`,
    )
  }
  return [program, ...args]
}

/** The same wherever the program and its files lie. */
export function commandDigest([program = '', ...args]: readonly string[]): string {
  const parts = args.map((argument) => {
    const content = contentOf(argument)
    return content === null ? argument : [basename(argument), sha256(content)]
  })
  return sha256(JSON.stringify([basename(program), ...parts]))
}

function contentOf(path: string): Uint8Array | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
