/**
 * Success or an expected failure, as a value. No I/O.
 * Failures that callers must handle travel in a Result; exceptions are for misuse and for defects.
 */

export type Result<Value, Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure }

export function succeed<const Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value }
}

export function fail<const Failure>(failure: Failure): {
  readonly ok: false
  readonly failure: Failure
} {
  return { ok: false, failure }
}
