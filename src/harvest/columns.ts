/**
 * The columns of a format, declared once: for Parquet, for the dataset card, and for whoever reads JSONL with types. Types and
 * their forms, no I/O.
 */

export type ColumnType =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'number'
  | { readonly list: ColumnType }
  | { readonly struct: Columns }

/** By name, in order. */
export type Columns = Readonly<Record<string, ColumnType>>

const CALL: ColumnType = {
  struct: {
    id: 'string',
    type: 'string',
    function: { struct: { name: 'string', arguments: 'string' } },
  },
}

const MESSAGE = {
  role: 'string',
  content: 'string',
  name: 'string',
  tool_calls: { list: CALL },
  tool_call_id: 'string',
} as const satisfies Columns

/** A conversation as trainers read it. */
export const MESSAGES: ColumnType = { list: { struct: MESSAGE } }

/** The same where an assistant's message may carry its reasoning. */
export const REASONED_MESSAGES: ColumnType = {
  list: { struct: { ...MESSAGE, reasoning_content: 'string' } },
}
