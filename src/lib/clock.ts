/** Time and randomness as ports, so that no test waits and no identifier is a surprise. */

export interface Clock {
  /** Wall time, in milliseconds since the epoch: for records only, never for durations. */
  now(): number
  /** Monotonic time, in milliseconds: for every duration and deadline. */
  monotonic(): number
}

export interface Random {
  /** `bytes` random bytes as lowercase hex. */
  hex(bytes: number): string
  /** A number from 0 (inclusive) to 1 (exclusive), for jitter. */
  fraction(): number
}

/** The platform's own clock; `performance` is monotonic on Node and Workers alike. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/** The platform's own randomness. */
export const systemRandom: Random = {
  hex(bytes) {
    const buffer = crypto.getRandomValues(new Uint8Array(bytes))
    let text = ''
    for (const byte of buffer) text += byte.toString(16).padStart(2, '0')
    return text
  },
  fraction: () => Math.random(),
}
