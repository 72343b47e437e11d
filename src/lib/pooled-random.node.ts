/**
 * Randomness on Node, drawn from a pool: two identifiers a request would else cost two calls into the system's generator.
 * No I/O. Every byte is given once and wiped.
 */
import { randomFillSync } from 'node:crypto'
import type { Random } from './clock.ts'

const POOL_BYTES = 8_192

export function createPooledRandom(): Random {
  const pool = Buffer.alloc(POOL_BYTES)
  let next = POOL_BYTES
  return {
    hex(bytes) {
      if (bytes > POOL_BYTES) return randomFillSync(Buffer.alloc(bytes)).toString('hex')
      if (next + bytes > POOL_BYTES) {
        randomFillSync(pool)
        next = 0
      }
      const end = next + bytes
      const text = pool.toString('hex', next, end)
      pool.fill(0, next, end)
      next = end
      return text
    },
    fraction: () => Math.random(),
  }
}
