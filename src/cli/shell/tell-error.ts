/** What went wrong, in words for whoever typed the command. Pure. What the system says of a file names a call; people named a file. */
import { printable } from '../../text/printable.ts'

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'Name a file or folder that is there',
  ENOTDIR: 'Name a file or folder that is there',
  EISDIR: 'Name a file, and no folder',
  EACCES: 'Name a file or folder that you may read and write',
  EPERM: 'Name a file or folder that you may read and write',
}

export function tellError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!('code' in error && 'syscall' in error)) return error.message
  const words = WORDS[String(error.code)]
  if (words === undefined) return error.message
  return 'path' in error ? `${words}: ${printable(String(error.path))}` : words
}
