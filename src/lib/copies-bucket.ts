/**
 * Copies as objects of a bucket (R2), through a structural interface. I/O through the binding alone.
 * Instances share them: of two that write a name at once, either may stay.
 */
import type { Copies } from './copies.ts'

/** As much of an `R2Bucket` binding as is used. */
export type CopiesBucket = {
  put(key: string, bytes: Uint8Array): Promise<unknown>
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>
}

const FOLDER = 'copies/'

export function createBucketCopies(bucket: CopiesBucket): Copies {
  return {
    async read(name) {
      const object = await bucket.get(FOLDER + name)
      return object && new TextDecoder().decode(await object.arrayBuffer())
    },
    async write(name, text) {
      await bucket.put(FOLDER + name, new TextEncoder().encode(text))
    },
  }
}
