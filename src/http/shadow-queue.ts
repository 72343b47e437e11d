/**
 * Shadow jobs through a queue, for platforms that forget a request soon after its answer. I/O through the bindings.
 * What does not fit a message goes to the bucket first, and the message names it.
 */
import { isJsonObject } from '../lib/json.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { QueueLike, QueueMessageLike } from '../transcript/queue-spool.ts'
import type { R2Like } from '../transcript/r2-blobs.ts'
import type { RunShadow } from './run-shadow.ts'
import type { ShadowJob } from './shadow.ts'

/** A message may hold 128 KB (of 1000 bytes) with its metadata: https://developers.cloudflare.com/queues/platform/limits/ */
const MAX_MESSAGE_BYTES = 120_000

export type ShadowQueue = { readonly queue: QueueLike; readonly bucket: R2Like }

/** Sends one job; rejects when neither queue nor bucket takes it. */
export async function sendShadow({ queue, bucket }: ShadowQueue, job: ShadowJob): Promise<void> {
  const packed = new TextEncoder().encode(JSON.stringify(job))
  if (packed.length <= MAX_MESSAGE_BYTES) {
    await queue.send({ job }, { contentType: 'json' })
    return
  }
  const key = `shadow/${job.exchange.transcriptId}`
  await bucket.put(key, packed)
  await queue.send({ key }, { contentType: 'json' })
}

export type ConsumeShadowsPorts = {
  readonly bucket: R2Like
  readonly runShadow: RunShadow
  readonly metrics: Metrics
}

/** Runs the jobs of a batch, one after the other; each is done with once it has run. */
export async function consumeShadows(
  messages: readonly QueueMessageLike[],
  { bucket, runShadow, metrics }: ConsumeShadowsPorts,
): Promise<void> {
  for (const message of messages) {
    const key = keyOf(message.body)
    const job = key === null ? jobOf(message.body) : await fetchJob(bucket, key)
    if (job) await runShadow(job)
    else metrics.transcript('dropped')
    message.ack()
    if (key !== null) await bucket.delete(key).catch(() => {})
  }
}

async function fetchJob(bucket: R2Like, key: string): Promise<ShadowJob | null> {
  const object = await bucket.get(key)
  if (!object) return null
  return jobOf({ job: JSON.parse(new TextDecoder().decode(await object.arrayBuffer())) })
}

/** The queue carries what this program has sent, so its shape is known once it is an object. */
function jobOf(body: unknown): ShadowJob | null {
  return isJsonObject(body) && isJsonObject(body.job) ? (body.job as unknown as ShadowJob) : null
}

function keyOf(body: unknown): string | null {
  return isJsonObject(body) && typeof body.key === 'string' ? body.key : null
}
