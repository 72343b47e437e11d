/** Key pairs that a first start makes, each in a file of its own. Does file I/O; the private part leaves its file for nobody. */
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { writePrivate } from './private-file.node.ts'

export const ALGORITHM = 'EdDSA'

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
