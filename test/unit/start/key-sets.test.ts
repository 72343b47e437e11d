import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { readStartConfig } from '../../../src/start/key-sets.ts'

const admin = { ADMIN_ISSUER: 'https://id.example', ADMIN_AUDIENCE: 'chambers' }
const make = async (algorithm: string): Promise<JWK> => {
  const { publicKey } = await generateKeyPair(algorithm, { extractable: true })
  return { ...(await exportJWK(publicKey)), kid: algorithm }
}
const signers = [await make('EdDSA'), await make('ES256')]
const [good] = signers as [JWK]

const problemsOf = async (variables: Record<string, string>) => {
  const read = await readStartConfig({ ...variables }, 'node')
  return read.ok ? [] : read.failure
}
const setOf = (...keys: readonly JWK[]) => JSON.stringify({ keys })

describe('the keys of a configuration', () => {
  it('are taken where they can be imported, of signers and of admins', async () => {
    const ADMIN_JWKS = setOf(...signers, await make('RS256'), await make('PS256'))
    const { kid: _kid, ...unnamed } = good
    expect(await problemsOf({ ...admin, ADMIN_JWKS, POLICY_SIGNERS: setOf(...signers) })).toEqual(
      [],
    )
    expect(await problemsOf({ ...admin, ADMIN_JWKS: setOf(unnamed, unnamed) })).toEqual([])
  })

  it.each<[string, { readonly [member in keyof JWK]?: JWK[member] | undefined }]>([
    ['a point that is cut', { x: 'a' }],
    ['no point', { x: undefined }],
    ['an unknown curve', { crv: 'Ed448' }],
    ['the curve of another kind', { crv: 'P-256' }],
    ['an algorithm of another kind', { alg: 'ES256' }],
  ])('stop the start with %s, and are never echoed', async (_, change) => {
    const keys = setOf(signers[1] as JWK, { ...good, ...change } as JWK)
    for (const [name, variables] of [
      ['POLICY_SIGNERS', { POLICY_SIGNERS: keys }],
      ['ADMIN_JWKS', { ...admin, ADMIN_JWKS: keys }],
    ] as const) {
      const problems = await problemsOf(variables)
      expect(problems).toHaveLength(1)
      expect(problems[0]).toMatch(
        new RegExp(`^${name}: got a value \\(hidden\\), wants .* and number 2 \\(EdDSA\\) `),
      )
    }
  })

  it.each(['RS256', 'ES384'])('of signers are none for %s', async (algorithm) => {
    expect(await problemsOf({ POLICY_SIGNERS: setOf(await make(algorithm)) })).toEqual([
      `POLICY_SIGNERS: got a value (hidden), wants Ed25519 or P-256 keys alone, and number 1 (${algorithm}) is another`,
    ])
  })

  it('bear each name once', async () => {
    const twice = setOf(good, { ...(signers[1] as JWK), kid: good.kid as string })
    expect(await problemsOf({ POLICY_SIGNERS: twice })).toEqual([
      'POLICY_SIGNERS: got a value (hidden), wants each kid once',
    ])
    expect(await problemsOf({ ...admin, ADMIN_JWKS: twice })).toEqual([
      'ADMIN_JWKS: got a value (hidden), wants each kid once',
    ])
  })
})
