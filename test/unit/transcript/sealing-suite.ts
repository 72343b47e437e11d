/** What sealed transcripts keep over any database and any blobs. It runs on Node and on workerd alike. */
import { compactDecrypt, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { systemRandom } from '../../../src/lib/clock.ts'
import type { Compression } from '../../../src/lib/compression.ts'
import { createSeal, type Encrypt } from '../../../src/transcript/seal/seal.ts'
import { packEntry, toEntry, unpackEntry } from '../../../src/transcript/store/entry.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { sampleTranscript } from '../../fakes/deliberation.ts'
import { createKeyPair, openStored } from '../../fakes/transcript-keys.ts'
import type { OpenStorage } from './store-suite.ts'

type Suite = {
  readonly open: OpenStorage
  readonly compression: Compression
  readonly encrypt?: Encrypt
}

const MINUTE_MS = 60_000

export function describeSealing(name: string, { open, compression, encrypt }: Suite): void {
  const openStore = async (crv: 'P-256' | 'X25519' = 'X25519') => {
    const { database, blobs } = await open()
    const migrated = await migrate(database)
    if (!migrated.ok) throw new Error(migrated.failure.message)
    const { publicKey, privateKey } = await createKeyPair(crv)
    let time = 0
    const seal = await createSeal({
      key: publicKey,
      random: systemRandom,
      clock: { now: () => time, monotonic: () => time },
      ...(encrypt && { encrypt }),
    })
    return {
      database,
      store: createTranscriptStore({ database, blobs, compression }),
      packing: { ...compression, seal },
      privateKey,
      pass: (ms: number) => {
        time += ms
      },
    }
  }
  const clear = (value: unknown) => JSON.parse(JSON.stringify(value))

  describe(`${name}: sealed transcripts`, () => {
    it.each(['P-256', 'X25519'] as const)(
      'come back whole with the private key, %s',
      async (crv) => {
        const { database, store, packing, privateKey } = await openStore(crv)
        const transcript = sampleTranscript(1)
        const entry = await toEntry(transcript, packing)
        expect(await store.append([entry])).toMatchObject({ ok: true })
        const stored = await store.read(transcript.id)
        expect([stored?.transcript, stored?.row.contentKey]).toEqual([
          null,
          `transcripts/${transcript.id}.json.gz.jwe`,
        ])
        expect(await openStored(stored, privateKey, compression)).toEqual(clear(transcript))
        await database.close()
      },
    )

    it.each(['P-256', 'X25519'] as const)('are JWEs that jose opens, %s', async (crv) => {
      const { database, packing, privateKey } = await openStore(crv)
      const transcript = sampleTranscript(1)
      const { content } = await toEntry(transcript, packing)
      const key = await importJWK({ ...privateKey }, 'ECDH-ES+A256KW')
      const opened = await compactDecrypt(content ?? '', key)
      expect(opened.protectedHeader).toMatchObject({
        alg: 'ECDH-ES+A256KW',
        enc: 'A256GCM',
        cty: 'gzip',
      })
      const bytes = await compression.decompress(Uint8Array.from(opened.plaintext))
      expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual(clear(transcript))
      await database.close()
    })

    it('hold nothing that anyone wrote but names, in rows, blobs and entries', async () => {
      const { database, store, packing } = await openStore()
      const entry = await toEntry(sampleTranscript(1), packing)
      await store.append([entry])
      const rows = await database.all('SELECT * FROM transcripts')
      const blobs = await database.all('SELECT * FROM blobs')
      const texts = [...rows, ...blobs].flatMap((row) =>
        Object.values(row).map((value) =>
          value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value),
        ),
      )
      const all = [...texts, new TextDecoder().decode(packEntry(entry))].join('\n')
      expect(all).toContain('session one')
      expect(all).not.toMatch(/PROMPT|REASONING|ANSWER|EVIDENCE|HINT/)
      await database.close()
    })

    it('keep five megabytes with NUL, lone surrogates and every script to the last code unit', async () => {
      const { database, store, packing, privateKey } = await openStore()
      const odd = '\u0000\ud800\udfff\udc00 漢字 кириллица عربي हिन्दी 👩‍👩‍👧 '
      const text = Array.from({ length: 110_000 }, (_, index) => `${index * 7919}${odd}`).join('')
      expect(text.length).toBeGreaterThan(5_000_000)
      const transcript = sampleTranscript(1, { request: { text } })
      const entry = unpackEntry(packEntry(await toEntry(transcript, packing)))
      expect(entry.ok && (await store.append([entry.value]))).toMatchObject({ ok: true })
      const opened = await openStored(await store.read(transcript.id), privateKey, compression)
      expect(typeof opened === 'object' && opened.request?.text === text).toBe(true)
      await database.close()
    })

    it('say nothing to another key, and nothing once they were altered or exchanged', async () => {
      const { database, store, packing, privateKey } = await openStore()
      const transcripts = [sampleTranscript(1), sampleTranscript(2)]
      await store.append(await Promise.all(transcripts.map((one) => toEntry(one, packing))))
      const [one, other] = await Promise.all(transcripts.map(({ id }) => store.read(id)))
      const sealed = one?.sealed ?? ''
      const opened = (altered: string | undefined, key = privateKey) =>
        openStored(one ? { ...one, sealed: altered ?? null } : null, key, compression)
      const stranger = await createKeyPair()
      expect(await opened(sealed, stranger.privateKey)).toBe('key_missing')
      expect(await opened(other?.sealed ?? '')).toBe('seal_broken')
      const parts = sealed.split('.')
      for (const index of parts.keys()) {
        const turned = parts.map((part, at) => (at === index ? turn(part) : part)).join('.')
        expect(await opened(turned)).toMatch(
          index === 0 ? /^(?:key_missing|seal_broken)$/ : 'seal_broken',
        )
      }
      expect(await opened(sealed.slice(0, -4))).toBe('seal_broken')
      expect(await opened('')).toBe('seal_broken')
      await database.close()
    })

    it('share a content key for five minutes and never a nonce, however many come at once', async () => {
      const { database, packing, pass } = await openStore()
      const sealSome = async (count: number) => {
        const content = new TextEncoder().encode('content')
        const some = await Promise.all(Array.from({ length: count }, () => packing.seal(content)))
        return some.map((bytes) => new TextDecoder().decode(bytes).split('.'))
      }
      const first = await sealSome(100)
      pass(5 * MINUTE_MS - 1)
      const second = await sealSome(100)
      pass(1)
      const third = await sealSome(100)
      const keys = (some: readonly string[][]) => new Set(some.map((parts) => parts[1]))
      expect(keys([...first, ...second]).size).toBe(1)
      // One of them renews, while the others still use the old one.
      expect(keys([...first, ...second, ...third]).size).toBe(2)
      expect(keys([...first, ...third, ...(await sealSome(100))]).size).toBe(2)
      const used = [...first, ...second, ...third].map(([, key, nonce]) => `${key} ${nonce}`)
      expect(new Set(used).size).toBe(300)
      await database.close()
    })
  })
}

/** The same with another character in the middle. */
function turn(part: string): string {
  const at = Math.floor(part.length / 2)
  return `${part.slice(0, at)}${part[at] === 'A' ? 'B' : 'A'}${part.slice(at + 1)}`
}
