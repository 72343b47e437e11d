/** Rewrites the port's `?` placeholders to PostgreSQL's `$1, $2, …`. No I/O; strings, identifiers and comments stay as they are. */

/** What must be skipped whole, or a placeholder. An apostrophe or quote within is doubled, which reads as two strings. */
const TOKEN = /'[^']*'|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\/|\?/g

export function numberPlaceholders(sql: string): string {
  let count = 0
  return sql.replace(TOKEN, (token) => (token === '?' ? `$${++count}` : token))
}
