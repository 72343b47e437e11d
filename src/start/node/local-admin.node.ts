/**
 * The admin of a gateway on loopback: a key pair in the data folder, and a token by it that lives a day and is written anew before
 * it ends. Does file I/O; every file is for its owner alone, and nothing in one is ever printed. The key is read again at every
 * token, so that whoever makes a new one has revoked all tokens of before, at every gateway over this folder and at once.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { importJWK, type JWK, SignJWT } from 'jose'
import {
  createTokenVerifier,
  LONGEST_ADMIN_SECONDS,
  type VerifyToken,
} from '../../access/tokens.ts'
import { SCOPES } from '../../admin/authenticate-admin.ts'
import type { Clock } from '../../lib/clock.ts'
import { ALGORITHM, makeKeyFile, publicPart, readKeyFile } from './key-file.node.ts'
import { readPrivate, writePrivate } from './private-file.node.ts'

/** The one subject that tokens of this kind are for. */
export const LOCAL_ADMIN = 'local-admin'

const ISSUER = 'chambers-local'
const AUDIENCE = 'chambers-admin'
const LIFE_SECONDS = LONGEST_ADMIN_SECONDS
/** With less than this left a token is written anew. */
const RENEW_SECONDS = LIFE_SECONDS / 2

export type LocalAdmin = {
  readonly verify: VerifyToken
  /** The file that holds the token. */
  readonly tokenFile: string
  /** Writes the token anew where it is no good, or will not be for long. */
  readonly renew: () => Promise<void>
}

type Options = { readonly dataDir: string; readonly clock: Clock }

/** Makes the key at the first start, and sees to a good token. @throws Error for a key that somebody else may have. */
export async function prepareLocalAdmin(options: Options): Promise<LocalAdmin> {
  const { dataDir } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  if (readKey(dataDir) === null) await makeKeyFile(keyFileOf(dataDir))
  const verify = createVerify(options)
  const renew = () => renewToken(options, verify)
  await renew()
  return { verify, tokenFile: tokenFileOf(dataDir), renew }
}

/**
 * The token of the folder, a good one where its key is there, too; null where there is none.
 * @throws Error for a key or a token that somebody else may have.
 */
export async function localToken(options: Options): Promise<string | null> {
  const { dataDir } = options
  if (readKey(dataDir) !== null) await renewToken(options, createVerify(options))
  return readPrivate(tokenFileOf(dataDir))?.trim() ?? null
}

/** A new key, and a token by it: no token of before is good any more. Gives the file of the token. */
export async function revokeLocalAdmin(options: Options): Promise<string> {
  const { dataDir } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  await makeKeyFile(keyFileOf(dataDir))
  await writeToken(options)
  return tokenFileOf(dataDir)
}

function createVerify({ dataDir, clock }: Options): VerifyToken {
  let known: { readonly x: unknown; readonly verify: VerifyToken } | null = null
  return async function verifyLocalToken(token) {
    // Whatever is wrong with the file, nobody is let in by it; a start says what it is.
    const key = orNull(() => readKey(dataDir))
    if (!key) return null
    if (known === null || known.x !== key.x) {
      const settings = {
        keys: { set: { keys: [publicPart(key)] } },
        issuer: ISSUER,
        audience: AUDIENCE,
      }
      known = { x: key.x, verify: createTokenVerifier(settings, clock, LONGEST_ADMIN_SECONDS) }
    }
    return known.verify(token)
  }
}

async function renewToken(options: Options, verify: VerifyToken): Promise<void> {
  // A token that others could have written is no good.
  const token = orNull(() => readPrivate(tokenFileOf(options.dataDir))?.trim() ?? null)
  const { exp = 0, scope } = (token && (await verify(token))) || {}
  const isGood = exp - options.clock.now() / 1000 >= RENEW_SECONDS
  // One that an older program has made lacks what is new.
  if (!isGood || scope !== SCOPES.join(' ')) await writeToken(options)
}

async function writeToken({ dataDir, clock }: Options): Promise<void> {
  const key = readKey(dataDir)
  if (!key) return
  const issued = Math.floor(clock.now() / 1000)
  const token = await new SignJWT({ scope: SCOPES.join(' '), tenants: ['*'] })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(LOCAL_ADMIN)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(issued)
    .setExpirationTime(issued + LIFE_SECONDS)
    .sign(await importJWK(key, ALGORITHM))
  writePrivate(tokenFileOf(dataDir), `${token}\n`)
}

function readKey(dataDir: string): JWK | null {
  return readKeyFile(keyFileOf(dataDir))
}

function orNull<Value>(read: () => Value | null): Value | null {
  try {
    return read()
  } catch {
    return null
  }
}

function keyFileOf(dataDir: string): string {
  return join(dataDir, 'admin-key.json')
}

function tokenFileOf(dataDir: string): string {
  return join(dataDir, 'admin-token')
}
