/**
 * Blobs in Cloudflare R2, through a structural interface. I/O through the binding alone.
 * Content is put before its row is written: a crash between leaves a blob without a row, which the repetition overwrites.
 */
import type { Blobs } from './sink.ts'

/** As much of an `R2Bucket` binding as is used. */
export interface R2Like {
  put(key: string, bytes: Uint8Array): Promise<unknown>
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>
  /** A thousand keys at most. */
  delete(keys: string | string[]): Promise<void>
}

export function createR2Blobs(bucket: R2Like): Blobs {
  return {
    async put(key, bytes) {
      await bucket.put(key, bytes)
      return []
    },
    async get(key) {
      const object = await bucket.get(key)
      return object && new Uint8Array(await object.arrayBuffer())
    },
    async delete(...keys) {
      await bucket.delete([...keys])
      return []
    },
  }
}
