/**
 * The subject of a transcript: who it is about, as a keyed digest, so that a person's rows can be found and deleted by
 * whoever holds the key and the name, and by nobody else. I/O only where the key is loaded.
 */
import type { Database } from '../../database/database.ts'
import { loadSharedSecret } from '../../database/shared-secret.ts'
import type { Random } from '../../lib/clock.ts'
import type { Copies } from '../../lib/copies.ts'
import { toHex } from '../../lib/digest.ts'

export type SubjectKey = CryptoKey

export type SubjectSource = {
  readonly tenant: string
  readonly safetyIdentifier: unknown
  readonly user: unknown
  /** The `sub` of the caller's JWT. */
  readonly tokenSubject: string | null
}

const SETTING = 'subject_key'
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' } as const

export type SubjectKeyOptions = {
  readonly database: Database
  readonly random: Random
  readonly copies: Copies
}

/**
 * Gives the key all instances of this database share; the first one makes it. While the database is away it is read from
 * the copies. @throws DatabaseError where it is in neither.
 */
export async function loadSubjectKey(options: SubjectKeyOptions): Promise<SubjectKey> {
  return importSubjectKey(await loadSharedSecret(options, SETTING))
}

export function importSubjectKey(secret: string): Promise<SubjectKey> {
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), ALGORITHM, false, [
    'sign',
  ])
}

/**
 * HMAC-SHA-256, as lowercase hex, of `safety_identifier`, else `user`, else the token's subject; null when there is none.
 * The tenant is part of it: the same person is two subjects under two tenants.
 */
export async function subjectOf(key: SubjectKey, source: SubjectSource): Promise<string | null> {
  const name = personOf(source)
  return name === null ? null : digestSubject(key, source.tenant, name)
}

/** What a person is called; null for nobody. */
export function personOf(source: Omit<SubjectSource, 'tenant'>): string | null {
  const name = [source.safetyIdentifier, source.user, source.tokenSubject].find(
    (one) => typeof one === 'string' && one !== '',
  )
  return typeof name === 'string' ? name : null
}

/** The subject of a name that is known already. */
export async function digestSubject(
  key: SubjectKey,
  tenant: string,
  name: string,
): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify([tenant, name]))
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, text)))
}
