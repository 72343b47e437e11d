/**
 * What to write instead, in words for people who write policies: of a schema's complaints and of YAML's. Pure.
 * A schema's complaint that is not known here keeps the library's own words, for no mistake may go untold.
 */
import type * as z from 'zod'

const MAX_EXAMPLE = 30

/** The words for what a schema says by itself; where it names its own, those stand. */
export const advise: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined) return 'add it: it is missing'
  switch (issue.code) {
    case 'invalid_type':
      return typeAdvice(issue.expected, issue.input)
    case 'invalid_value':
      return `write one of ${issue.values.join(', ')}`
    case 'unrecognized_keys':
      return `remove or rename what is not known there: ${issue.keys.join(', ')}`
    case 'too_small':
      if (issue.origin === 'array') return 'write at least one, in brackets'
      return issue.origin === 'string' ? 'write some text' : `write ${issue.minimum} or more`
    case 'too_big':
      return issue.origin === 'array'
        ? `write at most ${issue.maximum}`
        : `write ${issue.maximum} or less`
    case 'invalid_key':
      return issue.issues[0]?.message
    default:
      return undefined
  }
}

function typeAdvice(expected: string, input: unknown): string {
  switch (expected) {
    case 'boolean':
      return 'write true or false'
    case 'number':
    case 'int':
      return 'write a number'
    case 'string':
      return 'write text, in quotes where it looks like a number'
    case 'array': {
      const fits = typeof input === 'string' && input.length <= MAX_EXAMPLE
      return fits ? `write a list in brackets, as in [${input}]` : 'write a list in brackets'
    }
    default:
      return 'write keys of its own in braces, as in { key: value }'
  }
}

/** The same for settings that cannot be read, where no line of them could be told to be the reason. */
export function adviseYaml({
  code,
  message,
}: {
  readonly code: string
  readonly message: string
}): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'Indent with spaces instead of tabs'
    case 'MISSING_CHAR':
      return message.includes('quote')
        ? 'Close the quote that was opened'
        : 'Put a colon and a space after each key, as in "title: Gambling"'
    case 'MULTIPLE_DOCS':
      return 'Take out the lines of ---: these settings have no head'
    case 'BAD_INDENT':
      return message.includes('Flow')
        ? 'Close the bracket that was opened above, with ] or }'
        : 'Begin every key of a group at the same column'
    default:
      return 'Put in quotes whatever holds a colon, a #, a quote or a bracket, or begins with another sign'
  }
}

/** The same with the value that was meant, where the words leave a choice or do not name it. */
export function withValue(message: string, value: string): string {
  if (value === '[]') return `write [] where it is none`
  const isChoice = /^write (?:true or false|one of )/.test(message)
  return message.includes(value) && !isChoice ? message : `${message}, here ${value}`
}
