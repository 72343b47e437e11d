/** Randomness that notes what it gave as text: whatever a prompt was marked with must be known again in what is sent. Pure. */
import type { Random } from '../lib/clock.ts'

export type NotedRandom = { readonly random: Random; readonly nonces: readonly string[] }

export function noteRandom(random: Random): NotedRandom {
  const nonces: string[] = []
  const noted: Random = {
    fraction: () => random.fraction(),
    hex(bytes) {
      const nonce = random.hex(bytes)
      nonces.push(nonce)
      return nonce
    },
  }
  return { random: noted, nonces }
}
