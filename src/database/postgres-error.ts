/**
 * Classes what pg throws. No I/O.
 * PostgreSQL quotes values in its messages, so that only its code and the names of things are kept.
 */
import { DatabaseError, type DatabaseFailure } from './database.ts'

/** SQLSTATE classes and codes after which a later try may succeed: https://www.postgresql.org/docs/15/errcodes-appendix.html */
const UNAVAILABLE = /^(?:08|28|3D|53|55|57|58|XX|25006|40001|40P01)/

const UNIQUE_VIOLATION = '23505'

/** Syntax and name errors quote nothing but the statement, which is our own. */
const QUOTES_STATEMENT = /^42/

export function toPostgresError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error
  const code = textOf(error, 'code') ?? 'unknown'
  if (textOf(error, 'severity') === null) {
    // The socket, the resolver or the library itself: nothing was said by a server.
    return new DatabaseError('unavailable', `Cannot reach PostgreSQL: ${code}`)
  }
  const about = QUOTES_STATEMENT.test(code)
    ? textOf(error, 'message')
    : (textOf(error, 'constraint') ?? textOf(error, 'table'))
  const suffix = about ? ` (${about})` : ''
  return new DatabaseError(failureOf(code), `PostgreSQL answered ${code}${suffix}`)
}

function failureOf(code: string): DatabaseFailure {
  if (code === UNIQUE_VIOLATION) return 'conflict'
  return UNAVAILABLE.test(code) ? 'unavailable' : 'rejected'
}

function textOf(error: unknown, name: string): string | null {
  if (typeof error !== 'object' || error === null) return null
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' && value !== '' ? value : null
}
