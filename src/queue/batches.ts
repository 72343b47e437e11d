/**
 * Prompts of a batch through a queue of Cloudflare's, to the same work as on a machine. I/O through the bindings alone.
 * A message leaves the queue once its transcript is durable; one that comes twice finds what is there.
 */

import {
  type BatchPlan,
  batchPlanSchema,
  batchTranscriptId,
  withSamples,
} from '../jobs/batch/plan.ts'
import type { BatchWork, Done } from '../jobs/batch/run-item.ts'
import type { Unfinished } from '../jobs/runner/run-job.ts'
import type { Bundle } from '../policy/section.ts'
import type { R2Like } from '../transcript/store/r2-blobs.ts'
import { openParcel, type ParcelPorts, type QueueMessageLike, sendParcel } from './parcel.ts'
import type { QueueSeal } from './seal.ts'

/** One prompt in a queue: plain JSON. */
export type QueuedLine = {
  readonly plan: BatchPlan
  readonly line: number
  readonly text: string
  /** When it came, in milliseconds since the epoch; an older program has not said. */
  readonly queuedMs?: number
}

export type SendBatchLinePorts = ParcelPorts & {
  /** Left out or null: prompts wait in the clear, as transcripts are kept. */
  readonly seal?: QueueSeal | null
}

/** Sends one prompt; rejects when neither queue nor bucket takes it, or it cannot be sealed. */
export async function sendBatchLine(ports: SendBatchLinePorts, queued: QueuedLine): Promise<void> {
  const clear = new TextEncoder().encode(JSON.stringify(queued))
  const bytes = ports.seal ? await ports.seal.seal(clear) : clear
  const id = await batchTranscriptId(queued.plan, queued)
  await sendParcel(ports, bytes, () => `batch/${id}`)
}

export type ConsumeBatchesPorts = {
  readonly bucket: R2Like
  readonly seal: Pick<QueueSeal, 'open'>
  readonly findBundle: (policy: string, digest: string) => Bundle | null | Promise<Bundle | null>
  readonly run: (work: BatchWork) => Promise<Done | Unfinished>
  /** Tells the operator of a defect: names and places, never content. */
  readonly report: (error: unknown) => void
}

const FIRST_RETRY_SECONDS = 10
const LONGEST_RETRY_SECONDS = 3_600
/** Until somebody has mended a key, an account or a model's name. */
const MENDING_SECONDS = 600

/** Runs the prompts of a delivery side by side: they wait for models, not for one another. */
export async function consumeBatches(
  messages: readonly QueueMessageLike[],
  ports: ConsumeBatchesPorts,
): Promise<void> {
  await Promise.all(messages.map((message) => consume(message, ports)))
}

async function consume(message: QueueMessageLike, ports: ConsumeBatchesPorts): Promise<void> {
  try {
    const delaySeconds = await take(message, ports)
    if (delaySeconds === null) message.ack()
    else message.retry({ delaySeconds })
  } catch (error) {
    ports.report(error)
    message.retry({ delaySeconds: laterSeconds(message) })
  }
}

/** In how many seconds it is to be tried again; null where it is done with. */
async function take(
  message: QueueMessageLike,
  { bucket, seal, findBundle, run }: ConsumeBatchesPorts,
): Promise<number | null> {
  const parcel = await openParcel(bucket, message.body)
  // What was in the bucket is taken away by whoever was done with it.
  if (!parcel.bytes) return null
  const bytes = await seal.open(Uint8Array.from(parcel.bytes))
  if (!bytes) throw new Error('A prompt of a batch was damaged in its queue')
  const { plan, ...queued } = readQueued(bytes)
  const bundle = await findBundle(plan.policy, plan.digest)
  if (!bundle) return MENDING_SECONDS
  const { signal } = new AbortController()
  const result = await run({ plan, bundle: withSamples(bundle, plan), ...queued, signal })
  if (result.kind === 'done') {
    await parcel.forget()
    return null
  }
  if (result.cause === 'fatal') return MENDING_SECONDS
  const asked = Math.ceil((result.pauseMs ?? 0) / 1000)
  return Math.min(Math.max(asked, laterSeconds(message)), LONGEST_RETRY_SECONDS)
}

/** The queue carries what this program has sent; a plan of another version is refused, and ends among the dead letters. */
function readQueued(bytes: Uint8Array): QueuedLine {
  const { plan, ...queued } = JSON.parse(new TextDecoder().decode(bytes)) as QueuedLine
  return { plan: batchPlanSchema.parse(plan), ...queued }
}

function laterSeconds({ attempts }: QueueMessageLike): number {
  return Math.min(FIRST_RETRY_SECONDS * 2 ** Math.max(0, attempts - 1), LONGEST_RETRY_SECONDS)
}
