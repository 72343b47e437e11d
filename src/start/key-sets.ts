/**
 * The configuration with its key sets tried, before anything starts: a key that cannot be imported would otherwise be met by
 * the first token or revision it is needed for, and look like a fault of theirs. No I/O; it never echoes a key.
 */
import { importJWK, type JWK } from 'jose'
import { fail, type Result } from '../lib/result.ts'
import { type Config, type ReadConfig, readConfig } from './config.ts'
import { type Environment, problem } from './variables.ts'

/** What a kind of key is used with where it does not say. */
const ALGORITHMS: Readonly<Record<string, string>> = { OKP: 'EdDSA', EC: 'ES256', RSA: 'RS256' }
/** Revisions are signed with EdDSA and ES256 alone. */
const CURVES_OF_SIGNERS: readonly (string | undefined)[] = ['Ed25519', 'P-256']

/** Reads the environment, and tries the keys that stand in it. */
export async function readStartConfig(
  environment: Environment,
  platform: 'node' | 'edge',
): Promise<Result<ReadConfig, readonly string[]>> {
  const read = readConfig(environment, platform)
  if (!read.ok) return read
  const { signers, admin } = read.value.config
  const problems = [
    await problemOf('POLICY_SIGNERS', signers),
    await problemOf('ADMIN_JWKS', admin?.keys ?? null),
  ].filter((one) => one !== null)
  return problems.length > 0 ? fail(problems) : read
}

async function problemOf(
  name: 'POLICY_SIGNERS' | 'ADMIN_JWKS',
  keys: Config['signers'],
): Promise<string | null> {
  if (!keys || 'url' in keys) return null
  for (const [index, key] of keys.set.keys.entries()) {
    const { kty = '', crv, alg = ALGORITHMS[kty], kid } = key as JWK
    const which = `number ${index + 1}${kid === undefined ? '' : ` (${kid})`}`
    if (name === 'POLICY_SIGNERS' && !CURVES_OF_SIGNERS.includes(crv)) {
      return problem(name, 'keys', `Ed25519 or P-256 keys alone, and ${which} is another`)
    }
    try {
      await importJWK(key as JWK, alg)
    } catch {
      return problem(name, 'keys', `keys that can be imported, and ${which} cannot`)
    }
  }
  return null
}
