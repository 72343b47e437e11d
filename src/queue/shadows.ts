/**
 * Shadow jobs through a queue, for platforms that forget a request soon after its answer. I/O through the bindings.
 * A job is done with once it has run, whatever came of it: what it could not record was counted.
 */
import { isJsonObject } from '../lib/json.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { R2Like } from '../transcript/store/r2-blobs.ts'
import type { RunShadow } from '../v1/run-shadow.ts'
import type { ShadowJob } from '../v1/shadow.ts'
import { openParcel, type ParcelPorts, type QueueMessageLike, sendParcel } from './parcel.ts'
import type { QueueSeal } from './seal.ts'

export type SendShadowPorts = ParcelPorts & {
  readonly seal: Pick<QueueSeal, 'seal'>
  /** False: jobs wait in the clear, as transcripts are kept; but where none is kept, without consent, no job does. */
  readonly sealsAll: boolean
}

/** Sends one job; rejects when neither queue nor bucket takes it, or it cannot be sealed. */
export async function sendShadow(ports: SendShadowPorts, job: ShadowJob): Promise<void> {
  const clear = new TextEncoder().encode(JSON.stringify(job))
  const isSealed = ports.sealsAll || job.exchange.principal.consent === 'none'
  const packed = isSealed ? await ports.seal.seal(clear) : clear
  await sendParcel(ports, packed, () => `shadow/${job.exchange.transcriptId}`)
}

export type ConsumeShadowsPorts = {
  readonly bucket: R2Like
  readonly runShadow: RunShadow
  readonly metrics: Metrics
  readonly seal: Pick<QueueSeal, 'open'>
}

/** Runs the jobs of a batch, one after the other; rejects, to be tried again, when bucket or database do not answer. */
export async function consumeShadows(
  messages: readonly QueueMessageLike[],
  { bucket, runShadow, metrics, seal }: ConsumeShadowsPorts,
): Promise<void> {
  for (const message of messages) {
    const parcel = await openParcel(bucket, message.body)
    const bytes = parcel.bytes && (await seal.open(Uint8Array.from(parcel.bytes)))
    const job = bytes && readJob(bytes)
    if (job) await runShadow(job)
    else metrics.transcript('dropped', 'unreadable')
    message.ack()
    await parcel.forget()
  }
}

/** The queue carries what this program has sent, so its shape is known once it is an object with an exchange. */
function readJob(bytes: Uint8Array): ShadowJob | null {
  try {
    const job: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (!isJsonObject(job) || !isJsonObject(job.exchange)) return null
    // A job of an older program names no door: there was one.
    return { ...job, exchange: { door: 'chat', ...job.exchange } } as unknown as ShadowJob
  } catch {
    return null
  }
}
