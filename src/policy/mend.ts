/**
 * Mends in a policy's files what is safe to mend: one line at a time, and only where the policy is the better for it. Pure.
 * Of a line that is sound nothing is changed, to the byte. Whatever would mean something else is left for a person.
 */
import { compilePolicy } from './bundle.ts'
import type { PolicyFile, Problem } from './write/problem.ts'
import { headingOf, sectionHeading } from './write/section-headings.ts'

export type Mend = {
  readonly file: string
  readonly line: number
  readonly before: string
  readonly after: string
}

export type Mended = {
  /** All files; those without a mend are the ones that were given. */
  readonly files: readonly PolicyFile[]
  readonly mends: readonly Mend[]
  /** What is left for a person. */
  readonly problems: readonly Problem[]
}

/** More slips than anybody makes by hand are no slips. */
const MAX_MENDS = 500

export async function mendPolicy(given: readonly PolicyFile[]): Promise<Mended> {
  let files = given
  let problems = await errorsOf(files)
  const mends: Mend[] = []
  const tried = new Set<string>()
  while (mends.length < MAX_MENDS) {
    const next = problems
      .flatMap((problem) => candidate(files, problem) ?? [])
      .find((mend) => !tried.has(JSON.stringify(mend)))
    if (!next) break
    tried.add(JSON.stringify(next))
    const mended = withLine(files, next)
    const left = await errorsOf(mended)
    if (!isBetter(left, problems)) continue
    files = mended
    problems = left
    mends.push(next)
  }
  return { files, mends, problems }
}

async function errorsOf(files: readonly PolicyFile[]): Promise<readonly Problem[]> {
  const { problems } = await compilePolicy(files)
  return problems.filter(({ severity }) => severity === 'error')
}

/** Fewer errors, and none that was hidden behind the one that is gone. */
function isBetter(now: readonly Problem[], before: readonly Problem[]): boolean {
  const known = new Set(before.map(nameOf))
  return now.length < before.length && now.every((one) => known.has(nameOf(one)))
}

function nameOf({ file, line, message }: Problem): string {
  return JSON.stringify([file, line, message])
}

function candidate(files: readonly PolicyFile[], { file, line, mended }: Problem): Mend | null {
  const before = files.find(({ path }) => path === file)?.text.split('\n')[line - 1]
  if (before === undefined) return null
  const [body = '', end = ''] = before.endsWith('\r') ? [before.slice(0, -1), '\r'] : [before]
  const after = mended ?? (file.startsWith('sections/') ? mendedMarkdown(body) : null)
  return after === null || after === body ? null : { file, line, before, after: `${after}${end}` }
}

function withLine(
  files: readonly PolicyFile[],
  { file, line, after }: Mend,
): readonly PolicyFile[] {
  return files.map((one) => {
    if (one.path !== file) return one
    const lines = one.text.split('\n')
    return { ...one, text: lines.with(line - 1, after).join('\n') }
  })
}

const PASTED_BULLET = /^\s{0,3}[•‣⁃◦∙▪▫■□●○◆◇·–]\s*(?=\S)/u
const RULE = /^\s{0,3}(?:[-*+]?\s*)\*\*([A-Z]{2,8}\d{1,3})[:.]?\*\*[:.]?\s*(?=\S)/
const PLAIN_RULE = /^[-*+]\s+([A-Z]{2,8}\d{1,3})[:.]?\s+(?=\S)/

/** A heading, a bullet, or the beginning of a rule as it should be; null where the line is none of them. */
function mendedMarkdown(line: string): string | null {
  const heading = meantHeading(line)
  if (heading !== null) return heading
  const text = line.replace(PASTED_BULLET, '- ')
  if (RULE.test(text)) return text.replace(RULE, '- **$1** ')
  if (PLAIN_RULE.test(text)) return text.replace(PLAIN_RULE, '- **$1** ')
  return text === line ? null : text
}

function meantHeading(line: string): string | null {
  const [, marker = '', text = ''] = /^(#{1,6})?\s*(\S.*)$/.exec(line.trim()) ?? []
  const form = marker === '' ? ({ kind: 'paragraph' } as const) : ({ kind: 'heading' } as const)
  const block = { ...form, level: 0, marker, text, line: 1, bold: [], underlined: false }
  const heading = sectionHeading(block)
  const isMeant = heading?.isKnown === true && heading.message?.startsWith('Write') !== false
  return isMeant ? headingOf(heading.name) : null
}
