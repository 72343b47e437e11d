/** Conversations that carry nothing from one turn to the next. */
import type { Carry } from '../../src/v1/carry.ts'

export const NOTHING_CARRIED: Carry = {
  recall: async (_exchange, asked) => ({ asked, stale: [] }),
  seal: async () => undefined,
  keep: async () => {},
}
