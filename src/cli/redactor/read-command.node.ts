/** A command as a person writes it: words, and quotation marks around those with spaces. Reads the files that it names. */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { digestFile } from '../../harvest/export/files/digest-file.node.ts'
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
    const digest = digestOf(argument)
    return digest === null ? argument : [basename(argument), digest]
  })
  return sha256(JSON.stringify([basename(program), ...parts]))
}

/** Null for what is no file: a device, or a pipe, may never end. */
function digestOf(path: string): string | null {
  try {
    return statSync(path).isFile() ? digestFile(path) : null
  } catch {
    return null
  }
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}
