/**
 * Bytes of any size through a queue of Cloudflare's, through structural interfaces. I/O through the bindings alone.
 * What does not fit a message goes to the bucket first, and the message names it.
 */
import type { R2Like } from '../transcript/store/r2-blobs.ts'

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

export type ParcelPorts = { readonly queue: QueueLike; readonly bucket: R2Like }

export type Parcel = {
  /** Null where the message holds none and names none that is there. */
  readonly bytes: Uint8Array | null
  /** Removes what lies in the bucket; called once the bytes are done with. Never rejects. */
  forget(): Promise<void>
}

/** A message may hold 128 KB (of 1000 bytes) with its metadata: https://developers.cloudflare.com/queues/platform/limits/ */
const MAX_MESSAGE_BYTES = 120_000

/** Sends bytes, by way of the bucket under `key` where they are many; rejects when queue or bucket does not take them. */
export async function sendParcel(
  { queue, bucket }: ParcelPorts,
  bytes: Uint8Array,
  key: () => string,
): Promise<void> {
  if (bytes.length <= MAX_MESSAGE_BYTES) {
    // Sending takes the buffer away from its owner.
    await queue.send(Uint8Array.from(bytes), { contentType: 'bytes' })
    return
  }
  const name = key()
  await bucket.put(name, bytes)
  await queue.send({ key: name }, { contentType: 'json' })
}

/** Opens the body of a message; rejects when the bucket does not answer. */
export async function openParcel(bucket: R2Like, body: unknown): Promise<Parcel> {
  const key = keyOf(body)
  if (key === null) return { bytes: bytesOf(body), forget: () => Promise.resolve() }
  const object = await bucket.get(key)
  return {
    bytes: object && new Uint8Array(await object.arrayBuffer()),
    // What stays behind costs a little room and is never read again.
    forget: () => bucket.delete(key).catch(() => {}),
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
