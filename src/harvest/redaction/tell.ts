/** What redaction tells of itself: to the manifest, to the dataset card, and to docs/data.md, which a test holds to it. Pure. */
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { FOUND, NOT_FOUND, REDACTION_KINDS } from './kinds.ts'

/** What is told of a redactor's command: never its arguments, which may hold a secret. */
export type RedactorTold = {
  readonly name: string
  /** SHA-256 of its arguments, and of the files that they name. */
  readonly digest: string
  /** As it says itself; null where it says nothing. */
  readonly version: string | null
  /** Different values in each row, by kind; empty where it gives texts instead of spans. */
  readonly redacted: Readonly<Record<string, number>>
}

export type Redaction = {
  /** As the manifest has them. */
  readonly arguments: JsonObject
  readonly redacted: Readonly<Record<string, number>>
  /** Null where no command has looked at the rows. */
  readonly redactor: RedactorTold | null
}

export function redactionOf({
  arguments: told,
  redactor,
}: Omit<Redaction, 'redacted'>): JsonObject {
  return {
    looked_for: isOn(told) ? [...REDACTION_KINDS] : [],
    not_looked_for: isOn(told) ? [...NOT_FOUND] : [],
    command: redactor && { ...redactor },
  }
}

/** For people who train on the rows. */
export function redactionLines({
  arguments: told,
  redacted,
  redactor,
}: Redaction): readonly string[] {
  const own = isOn(told)
    ? [
        'Personal data and secrets of these kinds were looked for, and are placeholders (`[EMAIL_1]`), the same value the same one within a row. Counted are different values in each example.',
        '',
        '| kind | count | what is found |',
        '|---|---|---|',
        ...REDACTION_KINDS.map((kind) => `| ${kind} | ${redacted[kind] ?? 0} | ${FOUND[kind]} |`),
        '',
        `Not looked for, and here as they were written: ${NOT_FOUND.join('; ')}. Word lists and forms find what they know: read a sample before you train.`,
      ]
    : ['Personal data was not looked for: what people wrote is here as they wrote it.']
  if (!redactor) return own
  const counts = Object.entries(redactor.redacted).map(([kind, count]) => `${count} ${kind}`)
  return [
    ...own,
    '',
    `A program has looked at every row besides: ${[redactor.name, redactor.version].filter(Boolean).join(', ')} (${redactor.digest.slice(0, 12)}). It replaced ${counts.length > 0 ? counts.join(', ') : 'what it does not count'}.`,
  ]
}

/** The table of docs/data.md. */
export function redactionPage(): string {
  return [
    '| kind | what is found |',
    '|---|---|',
    ...REDACTION_KINDS.map((kind) => `| \`${kind.toUpperCase()}\` | ${FOUND[kind]} |`),
    '',
    `Not found: ${NOT_FOUND.join('; ')}.`,
  ].join('\n')
}

function isOn({ cascade }: JsonObject): boolean {
  return isJsonObject(cascade ?? null) && (cascade as JsonObject).redact === true
}
