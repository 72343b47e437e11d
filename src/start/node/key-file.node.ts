/** Key pairs that a first start makes, each in a file of its own. Does file I/O; the private part leaves its file for nobody. */
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import * as z from 'zod'
import { parseJson } from '../../lib/json.ts'
import { readPrivate, writePrivate } from './private-file.node.ts'

export const ALGORITHM = 'EdDSA'

/** 32 bytes in base64url. */
const half = z.string().regex(/^[\w-]{43}$/)

const keySchema = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: half,
  d: half,
})

/** Null where there is no such file. @throws Error for one that holds no key, or that somebody else may have. */
export function readKeyFile(file: string): JWK | null {
  const stored = readPrivate(file)
  if (stored === null) return null
  const json = parseJson(stored)
  const key = keySchema.safeParse(json.ok ? json.value : null)
  if (key.success) return key.data
  throw new Error(`Remove ${file}: it holds no key, and a new one is made`)
}

/** Makes a pair in place of whatever the file holds. */
export async function makeKeyFile(file: string, kid?: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const key = { ...(await exportJWK(privateKey)), alg: ALGORITHM, ...(kid && { kid }) }
  writePrivate(file, JSON.stringify(key))
  return key
}

export function publicPart({ d: _secret, ...key }: JWK): JWK {
  return key
}
