/** How a job on a machine waits. Timers and the system's randomness; no other I/O. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { Waiting } from './run-job.ts'

export function createWaiting(): Waiting {
  return {
    pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    random: createPooledRandom(),
  }
}
