/**
 * The folder of prompt texts to a protocol with a digest of its own. Hashes through WebCrypto, otherwise pure.
 * Texts are kept as written but for line ends and outer blank lines: unlike a policy, a prompt's layout is part of it.
 */
import { sha256Hex } from '../lib/digest.ts'
import { canonicalJson } from '../lib/json.ts'
import type { Protocol } from './section.ts'
import { isLeftover, unreadable } from './write/policy-file.ts'
import { errorAt, type PolicyFile, type Problem } from './write/problem.ts'

export type ProtocolCompilation = {
  /** Null when there is any problem. */
  readonly protocol: Protocol | null
  readonly problems: readonly Problem[]
}

const TEXT_FILE = /^([a-z][a-z0-9-]*)\.md$/

export async function compileProtocol(files: readonly PolicyFile[]): Promise<ProtocolCompilation> {
  const texts: Record<string, string> = {}
  const problems: Problem[] = []
  for (const file of files) {
    if (file.path === 'README.md' || isLeftover(file.path)) continue
    const broken = unreadable(file)
    if (broken) {
      problems.push(broken)
      continue
    }
    const name = TEXT_FILE.exec(file.path)?.[1]
    const text = file.text
      .replace(/^\uFEFF/, '')
      .replace(/\r\n?/g, '\n')
      .replace(/(?<![ \t])[ \t]+$/gm, '')
      .trim()
    const place = { file: file.path, line: 1 }
    if (name === undefined) {
      problems.push(errorAt(place, 'Name the text in lower case with hyphens, ending in .md'))
    } else if (text === '') problems.push(errorAt(place, 'Write the text, or remove the file'))
    else texts[name] = text
  }
  if (problems.length > 0) return { protocol: null, problems }
  return { protocol: { digest: await sha256Hex(canonicalJson(texts)), texts }, problems }
}
