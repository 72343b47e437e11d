/**
 * One file of a policy folder: its bytes as text, and which files are nobody's. Pure.
 * A byte that is no UTF-8 is never replaced: what models read would not be what was written.
 */
import { errorAt, type PolicyFile, type Problem } from './problem.ts'

/** What systems and editors leave behind: `._SPM.md`, `.DS_Store`, `.SPM.md.swp`, `SPM.md~`, `#SPM.md#`, `__MACOSX/`. */
const LEFTOVER = /(?:^|\/)(?:\.|__MACOSX\/)|~$|(?:^|\/)#[^/]*#$/

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** True for files that nobody wrote on purpose, and many cannot see. */
export function isLeftover(path: string): boolean {
  return LEFTOVER.test(path)
}

/** The text of a file; where its bytes are no UTF-8, with the line of the first that is none. */
export function decodeFile(path: string, bytes: Uint8Array): PolicyFile {
  const text = decode(bytes)
  return text === null ? { path, text: '', brokenLine: brokenLineOf(bytes) } : { path, text }
}

/** What bars a file from being read at all; null for text. */
export function unreadable(file: PolicyFile): Problem | null {
  const line = file.brokenLine ?? loneSurrogateLine(file.text)
  if (line === null) return null
  const message =
    'Save this file as UTF-8: on this line stands a letter of another encoding (in most editors: Save with encoding, UTF-8)'
  return errorAt({ file: file.path, line }, message)
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** No character but those that end a line holds their bytes, so that each line can be tried by itself. */
function brokenLineOf(bytes: Uint8Array): number {
  let line = 1
  let start = 0
  for (let at = 0; at <= bytes.length; at++) {
    const ends = bytes[at] === LINE_FEED || bytes[at] === CARRIAGE_RETURN || at === bytes.length
    if (!ends) continue
    if (decode(bytes.subarray(start, at)) === null) return line
    if (bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED) at++
    start = at + 1
    line++
  }
  return line
}

/** Half of a pair of code units, which JSON can carry: it is no letter either. */
function loneSurrogateLine(text: string): number | null {
  if (text.isWellFormed()) return null
  const lines = text.split(/\r\n|\r|\n/)
  return lines.findIndex((line) => !line.isWellFormed()) + 1
}
