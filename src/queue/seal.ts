/**
 * Requests that wait in a queue, sealed where transcripts are: the gateway must read them again, so that the data team's key will
 * not do. Theirs is in the database and they are in the queue or its bucket: neither alone can be read. I/O through the SQL port.
 */
import type { Database } from '../database/database.ts'
import { shareSecret } from '../database/shared-secret.ts'
import type { Random } from '../lib/clock.ts'

type Bytes = Uint8Array<ArrayBuffer>

export interface QueueSeal {
  /** @throws DatabaseError where the key cannot be had. */
  seal(bytes: Bytes): Promise<Bytes>
  /** What was sealed, or the bytes as they are; null where they are damaged. @throws DatabaseError like `seal`. */
  open(bytes: Bytes): Promise<Bytes | null>
}

const SETTING = 'queue_key'
/** No JSON begins like this. */
const MARK = 1
const NONCE_BYTES = 12

export function createQueueSeal(ports: {
  readonly database: Database
  readonly random: Random
}): QueueSeal {
  // A settled value, never a promise: what one request waits for must not end with another.
  let known: CryptoKey | null = null
  const load = async (): Promise<CryptoKey> => {
    const secret = await shareSecret(ports, SETTING)
    const uses = ['encrypt', 'decrypt'] as const
    known = await crypto.subtle.importKey('raw', fromHex(secret), 'AES-GCM', false, [...uses])
    return known
  }

  return {
    async seal(bytes) {
      const key = known ?? (await load())
      const iv = fromHex(ports.random.hex(NONCE_BYTES))
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes)
      const all = new Uint8Array(1 + NONCE_BYTES + sealed.byteLength)
      all[0] = MARK
      all.set(iv, 1)
      all.set(new Uint8Array(sealed), 1 + NONCE_BYTES)
      return all
    },
    async open(bytes) {
      if (bytes[0] !== MARK) return bytes
      const key = known ?? (await load())
      const iv = bytes.slice(1, 1 + NONCE_BYTES)
      const sealed = bytes.slice(1 + NONCE_BYTES)
      try {
        return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed))
      } catch {
        return null
      }
    },
  }
}

function fromHex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}
