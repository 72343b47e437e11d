/**
 * Checks what an admin sent against a schema, and says what to change, field by field: in the schema's own words where it has
 * some, and never in a pattern. Pure. No message repeats a value: it may be a secret in the wrong place.
 */
import type * as z from 'zod'
import { AdminProblem, type FieldProblem } from './problem.ts'

type Issue = z.core.$ZodIssue

const MAX_PROBLEMS = 50

/** @throws AdminProblem `invalid_request` with a pointer for each field that is wrong. */
export function readFields<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: 'body' | 'query',
): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true, error: adviceOn })
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues
    .flatMap((issue) => toProblems(issue, place))
    .slice(0, MAX_PROBLEMS)
  throw new AdminProblem('invalid_request', `Change the ${place} as the problems say`, {
    members: { problems },
  })
}

function toProblems(issue: Issue, place: 'body' | 'query'): FieldProblem[] {
  const at = (path: readonly PropertyKey[]) =>
    place === 'body' ? { pointer: pointerTo(path) } : { parameter: String(path[0] ?? '') }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      code: 'field_unknown',
      message: `Remove this ${place === 'body' ? 'field' : 'parameter'}: there is none of this name`,
      ...at([...issue.path, key]),
    }))
  }
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined
  return [
    {
      code: isMissing ? 'field_missing' : 'field_invalid',
      message: issue.message,
      ...at(issue.path),
    },
  ]
}

/** For what a schema has no words of its own. */
function adviceOn(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `Send ${KINDS[String(issue.expected)] ?? String(issue.expected)}`
    case 'invalid_value':
      return `Send one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      return `Send at least ${issue.minimum}${unitOf(issue.origin)}`
    case 'too_big':
      return `Send at most ${issue.maximum}${unitOf(issue.origin)}`
    case 'invalid_format':
      return FORMS[String(issue.format)] ?? AS_TOLD
    default:
      return AS_TOLD
  }
}

const AS_TOLD = 'Send what the OpenAPI document says'

const FORMS: Readonly<Record<string, string>> = {
  datetime: 'Send it in the form 2027-01-31T12:00:00Z',
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' items' : ''
}

function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
