/**
 * What the database last said of gateway keys, kept beside it, so that keys stay good for a while when it goes away and a
 * gateway starts anew. I/O through the port of copies. Only digests of keys are kept, and a key that is known to be revoked
 * never becomes good again.
 */

import { LRUCache } from 'lru-cache'
import * as z from 'zod'
import { type Copies, packCopy, unpackCopy } from '../lib/copies.ts'
import type { JsonValue } from '../lib/json.ts'
import { MINUTE_MS } from '../lib/time-spans.ts'
import { MODES } from '../policy/section.ts'
import { CONSENTS } from '../transcript/record/record.ts'
import type { KeyRecord } from './key-record.ts'

/** A key as the database had it at some time. */
export type KnownKey = {
  readonly record: KeyRecord
  /** Wall time, in milliseconds: what is monotonic ends with the program. */
  readonly confirmed: number
}

/** By the SHA-256 of a key. */
export interface KeyCopy {
  /** Null where nothing usable is kept. */
  read(hash: string): Promise<KnownKey | null>
  /** Takes note of what the database has just said. Gives what must still be written, if anything; that never rejects. */
  note(hash: string, known: KnownKey): Promise<void> | null
}

export type KeyCopyFile = KeyCopy & {
  /** Writes what was noted since. It never rejects. */
  flush(): Promise<void>
}

const time = z.number()

const recordSchema: z.ZodType<KeyRecord> = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  app: z.string(),
  policies: z.array(z.string()),
  consent: z.enum(CONSENTS),
  minimumMode: z.enum(MODES).nullable(),
  requestsPerMinute: z.number().nullable(),
  created: time,
  expires: time.nullable(),
  revoked: time.nullable(),
})

const knownKeySchema: z.ZodType<KnownKey> = z.strictObject({
  record: recordSchema,
  confirmed: time,
})

const fileSchema = z.array(z.strictObject({ hash: z.string(), known: knownKeySchema }))

const FILE = 'keys'
/** The most recently used ones: of some 300 bytes each, rewritten every few seconds. */
const MAX_IN_FILE = 2_000
const MAX_WRITTEN = 10_000
/** How often a key in use is confirmed where each time costs a write. */
const CONFIRM_MS = MINUTE_MS

/** One copy of all keys, for an instance that keeps its own; what is noted waits for a flush, but a revocation does not. */
export async function openKeyCopyFile(copies: Copies): Promise<KeyCopyFile> {
  const keys = new LRUCache<string, KnownKey>({ max: MAX_IN_FILE })
  const kept = fileSchema.safeParse(await readCopy(copies, FILE))
  // The most recently used one comes first.
  for (const { hash, known } of kept.data?.toReversed() ?? []) keys.set(hash, known)
  let isChanged = false

  const flush = async (): Promise<void> => {
    if (!isChanged) return
    isChanged = false
    const all = [...keys.entries()].map(([hash, known]) => ({ hash, known }))
    try {
      await copies.write(FILE, await packCopy(all as unknown as JsonValue))
    } catch {
      isChanged = true
    }
  }

  return {
    flush,
    read: async (hash) => keys.get(hash) ?? null,
    note(hash, known) {
      const before = keys.get(hash)
      const next = later(before, known)
      keys.set(hash, next)
      isChanged = true
      return next.record.revoked !== null && before?.record.revoked === null ? flush() : null
    },
  }
}

/** One copy for each key, for instances that come and go and share them. */
export function createKeyCopies(copies: Copies): KeyCopy {
  /** What this instance has written. */
  const written = new LRUCache<string, KnownKey>({ max: MAX_WRITTEN })

  const read = async (hash: string): Promise<KnownKey | null> => {
    const parsed = knownKeySchema.safeParse(await readCopy(copies, nameOf(hash)))
    return parsed.data ?? null
  }

  const write = async (hash: string, known: KnownKey): Promise<void> => {
    try {
      const next = later((await read(hash)) ?? undefined, known)
      await copies.write(nameOf(hash), await packCopy(next as unknown as JsonValue))
    } catch {
      written.delete(hash)
    }
  }

  return {
    read,
    note(hash, known) {
      const before = written.get(hash)
      const isSame = before?.record.revoked === known.record.revoked
      if (isSame && known.confirmed - before.confirmed < CONFIRM_MS) return null
      written.set(hash, known)
      return write(hash, known)
    },
  }
}

/** The newer of both, but revoked for good. */
function later(before: KnownKey | undefined, now: KnownKey): KnownKey {
  if (!before) return now
  const isBack = before.record.revoked !== null && now.record.revoked === null
  return isBack || before.confirmed > now.confirmed ? before : now
}

async function readCopy(copies: Copies, name: string): Promise<JsonValue | undefined> {
  try {
    const text = await copies.read(name)
    return text === null ? undefined : await unpackCopy(text)
  } catch {
    return undefined
  }
}

function nameOf(hash: string): string {
  return `key-${hash}`
}
