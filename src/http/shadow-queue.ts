/**
 * Shadow jobs through a queue, for platforms that forget a request soon after its answer. I/O through the bindings.
 * A job is done with once it has run, whatever came of it: what it could not record was counted.
 */
import { isJsonObject } from '../lib/json.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import {
  openParcel,
  type ParcelPorts,
  type QueueMessageLike,
  sendParcel,
} from '../transcript/parcel.ts'
import type { R2Like } from '../transcript/r2-blobs.ts'
import type { RunShadow } from './run-shadow.ts'
import type { ShadowJob } from './shadow.ts'

/** Sends one job; rejects when neither queue nor bucket takes it. */
export async function sendShadow(ports: ParcelPorts, job: ShadowJob): Promise<void> {
  const packed = new TextEncoder().encode(JSON.stringify(job))
  await sendParcel(ports, packed, () => `shadow/${job.exchange.transcriptId}`)
}

export type ConsumeShadowsPorts = {
  readonly bucket: R2Like
  readonly runShadow: RunShadow
  readonly metrics: Metrics
}

/** Runs the jobs of a batch, one after the other; rejects, to be tried again, when the bucket does not answer. */
export async function consumeShadows(
  messages: readonly QueueMessageLike[],
  { bucket, runShadow, metrics }: ConsumeShadowsPorts,
): Promise<void> {
  for (const message of messages) {
    const parcel = await openParcel(bucket, message.body)
    const job = parcel.bytes && readJob(parcel.bytes)
    if (job) await runShadow(job)
    else metrics.transcript('dropped')
    message.ack()
    await parcel.forget()
  }
}

/** The queue carries what this program has sent, so its shape is known once it is an object with an exchange. */
function readJob(bytes: Uint8Array): ShadowJob | null {
  try {
    const job: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isJsonObject(job) && isJsonObject(job.exchange) ? (job as unknown as ShadowJob) : null
  } catch {
    return null
  }
}
