/**
 * A fast 53-bit hash of text, for looking things up in memory. Pure.
 * It must never stand where an opponent gains by a collision: digests and signatures use SHA-256.
 */

const TWO_TO_32 = 4_294_967_296
const HIGH_BITS = 0x1fffff

/** A whole number under 2^53: two multiplicative 32-bit hashes (FNV-1a with different primes), joined. */
export function fingerprint(text: string, seed = 0): number {
  let low = 0x811c9dc5 ^ seed
  let high = 0x1b873593 ^ seed
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x85ebca6b)
    high ^= high >>> 13
  }
  low = mix(low)
  high = mix(high)
  return (high & HIGH_BITS) * TWO_TO_32 + (low >>> 0)
}

/** The last step of either half: every bit of the input reaches every bit of the output. */
export function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x7feb352d)
  mixed ^= mixed >>> 15
  mixed = Math.imul(mixed, 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}
