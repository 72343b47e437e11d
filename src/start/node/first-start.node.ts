/**
 * What a first start on loopback leaves in the data folder for apps and for policies: an app's key, and a key that signs policies
 * (the admin's are in `local-admin.node.ts`).
 * Does file I/O; every file is readable by its owner alone. Nothing here is ever printed.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JWK } from 'jose'
import type { KeyStore } from '../../access/key-store.ts'
import type { TokenSettings } from '../../access/tokens.ts'
import { DatabaseError } from '../../database/database.ts'
import { makeKeyFile, publicPart } from './key-file.node.ts'
import { readPrivate, writePrivate } from './private-file.node.ts'

const SIGNER_KID = 'local'

export type LocalSigner = {
  readonly keys: TokenSettings['keys']
  /** The file that holds the private key. */
  readonly keyFile: string
}

/**
 * Makes the key that signs policies at the first start, for those who have none of their own.
 * @throws Error for a key that somebody else may have.
 */
export async function prepareLocalSigner(dataDir: string): Promise<LocalSigner> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const keyFile = join(dataDir, 'policy-signer.json')
  const stored = readPrivate(keyFile)
  const key = stored === null ? await makeKeyFile(keyFile, SIGNER_KID) : (JSON.parse(stored) as JWK)
  return { keys: { set: { keys: [publicPart(key)] } }, keyFile }
}

/**
 * Makes an app key unless the file holds one that the store still knows; returns the file. While the store cannot be asked
 * the file stays as it is, if it is there at all.
 */
export async function prepareAppKey(dataDir: string, keys: KeyStore): Promise<string> {
  const file = join(dataDir, 'app-key')
  const known = readPrivate(file)?.trim()
  if (known) {
    const verified = await keys.verify(known)
    if (verified.ok || verified.failure.reason === 'keys_unavailable') return file
  }
  const wanted = { tenant: 'default', app: 'default', policies: '*', consent: 'audit' } as const
  try {
    const { key } = await keys.create(wanted, 'gateway')
    writePrivate(file, `${key}\n`)
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.failure !== 'unavailable') throw error
  }
  return file
}
