/**
 * What a first start on loopback leaves in the data folder: an admin's key pair and token, an app's key, and a key that
 * signs policies.
 * Does file I/O; every file is readable by its owner alone. Nothing here is ever printed.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import type { KeyStore } from '../../access/key-store.ts'
import type { TokenSettings } from '../../access/tokens.ts'
import { SCOPES } from '../../admin/authenticate-admin.ts'
import { DatabaseError } from '../../database/database.ts'

const ISSUER = 'chambers-local'
const AUDIENCE = 'chambers-admin'
const ALGORITHM = 'EdDSA'
const TOKEN_DAYS = 90
const SIGNER_KID = 'local'

export type LocalAdmin = {
  readonly settings: TokenSettings
  /** The file that holds the token. */
  readonly tokenFile: string
}

/** Makes the local admin key at the first start, and a fresh token at every one. */
export async function prepareLocalAdmin(dataDir: string): Promise<LocalAdmin> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const keyFile = join(dataDir, 'admin-key.json')
  const tokenFile = join(dataDir, 'admin-token')
  const stored = readOrNull(keyFile)
  const privateKey = stored === null ? await makeKey(keyFile) : (JSON.parse(stored) as JWK)
  const token = await new SignJWT({ scope: SCOPES.join(' '), tenants: ['*'] })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject('local-admin')
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(`${TOKEN_DAYS}d`)
    .sign(await importJWK(privateKey, ALGORITHM))
  writePrivate(tokenFile, `${token}\n`)
  const { d: _secret, ...publicKey } = privateKey
  return {
    settings: { keys: { set: { keys: [publicKey] } }, issuer: ISSUER, audience: AUDIENCE },
    tokenFile,
  }
}

export type LocalSigner = {
  readonly keys: TokenSettings['keys']
  /** The file that holds the private key. */
  readonly keyFile: string
}

/** Makes the key that signs policies at the first start, for those who have none of their own. */
export async function prepareLocalSigner(dataDir: string): Promise<LocalSigner> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const keyFile = join(dataDir, 'policy-signer.json')
  const stored = readOrNull(keyFile)
  const key = stored === null ? await makeKey(keyFile, SIGNER_KID) : (JSON.parse(stored) as JWK)
  const { d: _secret, ...publicKey } = key
  return { keys: { set: { keys: [publicKey] } }, keyFile }
}

/**
 * Makes an app key unless the file holds one that the store still knows; returns the file. While the store cannot be asked
 * the file stays as it is, if it is there at all.
 */
export async function prepareAppKey(dataDir: string, keys: KeyStore): Promise<string> {
  const file = join(dataDir, 'app-key')
  const known = readOrNull(file)?.trim()
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

async function makeKey(file: string, kid?: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const key = { ...(await exportJWK(privateKey)), alg: ALGORITHM, ...(kid && { kid }) }
  writePrivate(file, JSON.stringify(key))
  return key
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 })
}
