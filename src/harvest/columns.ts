/**
 * The columns of a format, declared once: for Parquet, for the dataset card, and for whoever reads JSONL with types. Types and
 * their forms, no I/O.
 */

export type ColumnType =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'number'
  /** Any JSON: text in Parquet that says it is JSON, an object in JSONL. */
  | 'json'
  | { readonly list: ColumnType }
  | { readonly struct: Columns }

/** By name, in order. */
export type Columns = Readonly<Record<string, ColumnType>>

/**
 * A conversation as trainers read it. Messages are JSON and no structs: a struct gives every message every field, and templates
 * ask whether a message has `tool_calls`, not whether they are null; and the arguments of calls have no common shape.
 */
export const MESSAGES: ColumnType = { list: 'json' }

export function isMessages(type: ColumnType | undefined): boolean {
  return typeof type === 'object' && 'list' in type && type.list === 'json'
}
