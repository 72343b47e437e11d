/** Clauses are named by their section and a number: `SHM3`. Pure. */

const NUMBER_AT_END = /\d{1,3}$/

export function sectionOfClause(clause: string): string {
  return clause.replace(NUMBER_AT_END, '')
}
