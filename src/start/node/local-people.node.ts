/**
 * The issuer of a gateway on loopback for people with tokens of their own: a key pair in the data folder. Does file I/O; the file is
 * for its owner alone, and is made when the first token is. A token says who it is for and until when; whether it was given, and what
 * they may do, stands in the database, so that nobody is let in by the key, and instances with keys of their own let in the same.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { importJWK, SignJWT } from 'jose'
import type { IssueToken } from '../../access/admin-store.ts'
import type { Clock } from '../../lib/clock.ts'
import { ALGORITHM, makeKeyFile, readKeyFile } from './key-file.node.ts'

const ISSUER = 'chambers-local'
/** Another one than that of the local admin, whose tokens name no person. */
const AUDIENCE = 'chambers-people'

export function createLocalPeople(options: {
  readonly dataDir: string
  readonly clock: Clock
}): IssueToken {
  const { dataDir, clock } = options
  const file = join(dataDir, 'people-key.json')
  return async function issueToken({ id, name, expires }) {
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
  }
}
