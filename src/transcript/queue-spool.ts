/**
 * The spool on Cloudflare Workers: a Queue, through a structural interface, whose consumer is this program too.
 * I/O through the bindings alone. What does not fit a message goes to the bucket first, and the message names it.
 */
import type { Random } from '../lib/clock.ts'
import { sha256Hex } from '../lib/digest.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { takeEntries } from './drain.ts'
import type { R2Like } from './r2-blobs.ts'
import type { Spool } from './sink.ts'
import type { TranscriptStore } from './store.ts'

/** As much of a `Queue` binding as is used. */
export interface QueueLike {
  send(message: unknown, options?: { contentType?: 'bytes' | 'json' }): Promise<unknown>
}

/** As much of a consumed `Message` as is used. */
export interface QueueMessageLike {
  readonly body: unknown
  /** From 1. */
  readonly attempts: number
  ack(): void
  retry(options?: { delaySeconds?: number }): void
}

/** A message may hold 128 KB (of 1000 bytes) with its metadata: https://developers.cloudflare.com/queues/platform/limits/ */
const MAX_MESSAGE_BYTES = 120_000
const FIRST_RETRY_SECONDS = 10
/** So that the hundred tries a queue allows last as long as it keeps a message, which is four days. */
const LONGEST_RETRY_SECONDS = 3_600

export type QueueSpoolOptions = {
  readonly queue: QueueLike
  readonly bucket: R2Like
  readonly random: Random
}

export function createQueueSpool({ queue, bucket, random }: QueueSpoolOptions): Spool {
  return {
    // The platform does not tell a producer how long its queue is.
    waiting: 0,
    async append(entry) {
      if (entry.length <= MAX_MESSAGE_BYTES) {
        // Sending takes the buffer away from its owner.
        await queue.send(Uint8Array.from(entry), { contentType: 'bytes' })
        return
      }
      const key = `spool/${random.hex(16)}`
      await bucket.put(key, entry)
      await queue.send({ key }, { contentType: 'json' })
    },
  }
}

export type ConsumeOptions = {
  readonly store: TranscriptStore
  readonly bucket: R2Like
  readonly metrics: Metrics
}

/**
 * Writes a batch of spooled transcripts to the store. Each message is acknowledged once its row is committed; what the
 * store refuses for good is kept aside in the bucket; the others are retried, later and later, and after the queue's own
 * limit of tries end in its dead-letter queue.
 */
export async function consumeSpool(
  messages: readonly QueueMessageLike[],
  { store, bucket, metrics }: ConsumeOptions,
): Promise<void> {
  for (const message of messages) {
    const key = keyOf(message.body)
    const packed = key === null ? bytesOf(message.body) : await fetchSpooled(bucket, key)
    const taken = packed && (await takeEntries([packed], { store, metrics }))
    if (!taken?.ok || !(await keepAside(bucket, taken.refused))) {
      message.retry({ delaySeconds: retrySeconds(message.attempts) })
      continue
    }
    for (const _ of taken.refused) metrics.transcript('dropped')
    message.ack()
    if (key !== null) await bucket.delete(key).catch(() => {})
  }
}

/** True when each is in the bucket, under its digest: to come twice is to be there once. */
async function keepAside(bucket: R2Like, refused: readonly Uint8Array[]): Promise<boolean> {
  try {
    for (const entry of refused) {
      await bucket.put(`aside/${await sha256Hex(Uint8Array.from(entry))}`, entry)
    }
    return true
  } catch {
    return false
  }
}

function retrySeconds(attempts: number): number {
  return Math.min(FIRST_RETRY_SECONDS * 2 ** Math.max(0, attempts - 1), LONGEST_RETRY_SECONDS)
}

async function fetchSpooled(bucket: R2Like, key: string): Promise<Uint8Array | null> {
  try {
    const object = await bucket.get(key)
    return object && new Uint8Array(await object.arrayBuffer())
  } catch {
    return null
  }
}

function keyOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('key' in body)) return null
  return typeof body.key === 'string' ? body.key : null
}

function bytesOf(body: unknown): Uint8Array | null {
  if (body instanceof ArrayBuffer) return new Uint8Array(body)
  return body instanceof Uint8Array ? body : null
}
