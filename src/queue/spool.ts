/**
 * The spool on Cloudflare Workers: a queue whose consumer is this program too. I/O through the bindings alone.
 * Nothing leaves the queue before it is stored, or kept aside in the bucket where the store will never take it.
 */
import { backoff } from '../lib/backoff.ts'
import type { Random } from '../lib/clock.ts'
import { sha256Hex } from '../lib/digest.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { takeEntries } from '../transcript/spool/drain.ts'
import type { R2Like } from '../transcript/store/r2-blobs.ts'
import type { Spool } from '../transcript/store/sink.ts'
import type { TranscriptStore } from '../transcript/store/store.ts'
import { openParcel, type ParcelPorts, type QueueMessageLike, sendParcel } from './parcel.ts'

const FIRST_RETRY_SECONDS = 10
/** So that the hundred tries a queue allows last as long as it keeps a message, which is four days. */
const LONGEST_RETRY_SECONDS = 3_600

export type QueueSpoolOptions = ParcelPorts & { readonly random: Random }

export function createQueueSpool(options: QueueSpoolOptions): Spool {
  return {
    // The platform does not tell a producer how long its queue is.
    waiting: 0,
    append: (entry) => sendParcel(options, entry, () => `spool/${options.random.hex(16)}`),
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
  options: ConsumeOptions,
): Promise<void> {
  for (const message of messages) {
    // Whatever the bucket's trouble is, it is worth a later try.
    const isTaken = await take(message.body, options).catch(() => false)
    if (isTaken) message.ack()
    else message.retry({ delaySeconds: retrySeconds(message.attempts) })
  }
}

async function take(body: unknown, { store, bucket, metrics }: ConsumeOptions): Promise<boolean> {
  const parcel = await openParcel(bucket, body)
  if (!parcel.bytes) return false
  const taken = await takeEntries([parcel.bytes], { store, metrics })
  if (!taken.ok) return false
  for (const entry of taken.refused) {
    // Under its digest: to come twice is to be there once.
    await bucket.put(`aside/${await sha256Hex(Uint8Array.from(entry))}`, entry)
    metrics.transcript('dropped')
  }
  await parcel.forget()
  return true
}

function retrySeconds(attempts: number): number {
  return backoff({ first: FIRST_RETRY_SECONDS, longest: LONGEST_RETRY_SECONDS }, attempts)
}
