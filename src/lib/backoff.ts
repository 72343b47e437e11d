/** How long to wait before something that failed is tried again: by one rule, whatever the unit. Pure, but for the dice. */
import type { Random } from './clock.ts'

export type Backoff = { readonly first: number; readonly longest: number }

/** The wait after so many tries: twice the one before, up to the longest. */
export function backoff({ first, longest }: Backoff, tries: number): number {
  return Math.min(longest, first * 2 ** Math.max(0, tries - 1))
}

/** With a jitter of half its length, so that many callers do not come back at once. */
export function jittered(wait: number, random: Random): number {
  return wait * (0.5 + random.fraction() / 2)
}
