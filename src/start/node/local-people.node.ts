/**
 * The issuer of a gateway on loopback for people with tokens of their own: a key pair in the data folder. Does file I/O; the file is
 * for its owner alone, and is made when the first token is. A token says who it is for and until when; what they may do stands in
 * the database, so that nobody is let in by the key alone.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { importJWK, SignJWT } from 'jose'
import type { PeopleIssuer } from '../../access/admin-store.ts'
import { createTokenVerifier, type VerifyToken } from '../../access/tokens.ts'
import type { Clock } from '../../lib/clock.ts'
import { ALGORITHM, makeKeyFile, publicPart, readKeyFile } from './key-file.node.ts'

const ISSUER = 'chambers-local'
/** Another one than that of the local admin, whose tokens name no person. */
const AUDIENCE = 'chambers-people'

export function createLocalPeople(options: {
  readonly dataDir: string
  readonly clock: Clock
}): PeopleIssuer {
  const { dataDir, clock } = options
  const file = join(dataDir, 'people-key.json')
  return {
    verify: createVerify(file, clock),
    async issue({ id, name, expires }) {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      const key = readKeyFile(file) ?? (await makeKeyFile(file))
      return new SignJWT({})
        .setProtectedHeader({ alg: ALGORITHM })
        .setSubject(name)
        .setJti(id)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(Math.floor(clock.now() / 1000))
        .setExpirationTime(Math.ceil(expires / 1000))
        .sign(await importJWK(key, ALGORITHM))
    },
  }
}

/** Reads the key again with every token: one that was taken away lets nobody in. */
function createVerify(file: string, clock: Clock): VerifyToken {
  let known: { readonly x: unknown; readonly verify: VerifyToken } | null = null
  return async function verifyPersonsToken(token) {
    const key = readOrNull(file)
    if (!key) return null
    if (known === null || known.x !== key.x) {
      const keys = { set: { keys: [publicPart(key)] } }
      const settings = { keys, issuer: ISSUER, audience: AUDIENCE }
      known = { x: key.x, verify: createTokenVerifier(settings, clock) }
    }
    return known.verify(token)
  }
}

/** Whatever is wrong with the file, nobody is let in by it; whoever makes a token is told. */
function readOrNull(file: string) {
  try {
    return readKeyFile(file)
  } catch {
    return null
  }
}
