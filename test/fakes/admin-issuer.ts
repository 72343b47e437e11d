/** An issuer of admin tokens for tests: its key set as a gateway is configured with it, and tokens by subject. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { SCOPES } from '../../src/admin/authenticate-admin.ts'

export type AdminIssuer = {
  /** For the environment of a gateway, or the variables of a worker. */
  readonly variables: Readonly<Record<'ADMIN_JWKS' | 'ADMIN_ISSUER' | 'ADMIN_AUDIENCE', string>>
  /** A token for everything of every tenant. */
  readonly token: (subject?: string) => Promise<string>
}

const ISSUER = 'chambers-test'
const AUDIENCE = 'chambers-admin'

export async function createAdminIssuer(): Promise<AdminIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'EdDSA' }]
  return {
    variables: {
      ADMIN_JWKS: JSON.stringify({ keys }),
      ADMIN_ISSUER: ISSUER,
      ADMIN_AUDIENCE: AUDIENCE,
    },
    token: (subject = 'test-admin') =>
      new SignJWT({ scope: SCOPES.join(' '), tenants: ['*'] })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setSubject(subject)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime('1h')
        .sign(privateKey),
  }
}
