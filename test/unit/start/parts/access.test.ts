import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { KeyStore } from '../../../../src/access/key-store.ts'
import { sha256Hex } from '../../../../src/lib/digest.ts'
import { createAccess } from '../../../../src/start/parts/access.ts'

const NOW = 1_800_000_000
const HOUR = 3600
const { publicKey, privateKey } = await generateKeyPair('EdDSA')
const settings = {
  keys: { set: { keys: [{ ...(await exportJWK(publicKey)), alg: 'EdDSA' }] } },
  issuer: 'iss',
  audience: 'aud',
}

const access = createAccess({
  config: { auth: { keys: false, off: false, jwt: settings }, admin: settings },
  platform: {
    clock: { now: () => NOW * 1000, monotonic: () => 0 },
    sha256: sha256Hex,
    localAdmin: null,
    people: null,
  },
  keys: {} as KeyStore,
  admins: { find: async () => null },
})

const bearer = async (claims: object) => {
  const token = await new SignJWT({ iss: 'iss', aud: 'aud', sub: 'ada', tenant: 't', ...claims })
    .setProtectedHeader({ alg: 'EdDSA' })
    .sign(privateKey)
  return `Bearer ${token}`
}

describe('the token of an admin', () => {
  it.each([
    ['a day', { iat: NOW, exp: NOW + 24 * HOUR }],
    ['what is left of a day', { iat: NOW - 23 * HOUR, exp: NOW + HOUR }],
    ['a day from now, where it does not say since when', { exp: NOW + 24 * HOUR }],
  ])('may live for %s', async (_, claims) => {
    const admin = await access.authenticateAdmin(await bearer(claims))
    expect(admin.subject).toBe('ada')
  })

  it.each([
    ['a day and a minute', { iat: NOW, exp: NOW + 24 * HOUR + 60 }],
    ['longer, though little of it is left', { iat: NOW - 48 * HOUR, exp: NOW + 60 }],
    ['longer, though it does not say since when', { exp: NOW + 90 * 24 * HOUR }],
    [
      'longer, though it says that it is made later',
      { iat: NOW + 48 * HOUR, exp: NOW + 49 * HOUR },
    ],
    ['ever', { iat: NOW }],
  ])('may not live for %s', async (_, claims) => {
    await expect(access.authenticateAdmin(await bearer(claims))).rejects.toThrow(
      'The admin token is missing or not valid',
    )
  })

  it('is bound so, and that of an app is not', async () => {
    const authorization = await bearer({ exp: NOW + 90 * 24 * HOUR })
    const principal = await access.authenticate(new Headers({ authorization }))
    expect(principal.tenant).toBe('t')
  })
})
