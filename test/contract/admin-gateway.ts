/**
 * The admin surface over real parts in a database in memory: policies, keys, transcripts and the audit log.
 * Every answer is held against the OpenAPI document before a test sees it.
 */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect } from 'vitest'
import { createTokenVerifier } from '../../src/access/tokens.ts'
import { SCOPES } from '../../src/admin/authenticate-admin.ts'
import type { AdminPorts } from '../../src/admin/routes.ts'
import { openSqlite } from '../../src/database/sqlite.node.ts'
import { parquetCodecs } from '../../src/harvest/export/files/parquet-codecs.node.ts'
import { createExporting } from '../../src/harvest/export/serving/serve-export.ts'
import { systemRandom } from '../../src/lib/clock.ts'
import { sha256Hex } from '../../src/lib/digest.ts'
import { digestStream } from '../../src/lib/digest-stream.node.ts'
import { createCustody } from '../../src/start/parts/custody.ts'
import { createStores } from '../../src/start/parts/stores.ts'
import { createTelemetry } from '../../src/telemetry/telemetry.ts'
import { createDatabaseBlobs } from '../../src/transcript/store/database-blobs.ts'
import type { Packing } from '../../src/transcript/store/entry.ts'
import { importSubjectKey } from '../../src/transcript/store/subject.ts'
import { zlibCompression } from '../../src/transcript/zlib-compression.node.ts'
import { adminContract, type Document } from '../fakes/admin-contract.ts'
import {
  createSigner,
  reworded,
  type SignedRevisionOptions,
  signedEnvelope,
  signedRevision,
  testsOf,
} from '../fakes/revisions.ts'
import { gardenBundle, gardenFiles } from '../unit/policy/garden.ts'
import { createTestControl, NOW } from '../unit/revisions/control.ts'
import { createFakeGateway } from './fake-gateway.ts'

const pair = await generateKeyPair('EdDSA')
const issuing = { issuer: 'issuer-of-admins', audience: 'chambers' }
const set = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'EdDSA' }] }

export const signer = await createSigner('ann')
export const garden = await gardenBundle()
export const gardenTests = testsOf(gardenFiles)

export type Claims = {
  readonly sub?: string
  readonly scope?: string
  readonly tenants?: readonly string[]
  readonly policies?: readonly string[]
}

/** A token of an admin who sees everything, but for what is said otherwise. */
export function tokenFor(claims: Claims = {}): Promise<string> {
  const { sub = 'ada', ...rest } = claims
  return new SignJWT({ scope: SCOPES.join(' '), tenants: ['*'], ...rest })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setSubject(sub)
    .setIssuer(issuing.issuer)
    .setAudience(issuing.audience)
    .setExpirationTime(NOW / 1000 + 3600)
    .sign(pair.privateKey)
}

export type Asked = {
  readonly claims?: Claims
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export async function openAdminGateway(
  replaced: Partial<AdminPorts> = {},
  packing: Packing = zlibCompression,
) {
  const database = openSqlite({ path: ':memory:' })
  const test = await createTestControl({ database, signers: [signer], builtIn: [garden] })
  const clock = { now: () => test.clock.time, monotonic: () => test.clock.time }
  const platform = {
    database,
    blobs: createDatabaseBlobs(database),
    compression: zlibCompression,
    clock,
    random: systemRandom,
    keyCopy: null,
    telemetry: createTelemetry({ endpoint: null, serviceName: 'test', fetch }),
    leaving: null,
    report(error: unknown) {
      throw error
    },
  }
  const stores = createStores({ platform, packing })
  const { audit, labels, exports } = stores
  const subjectKey = await importSubjectKey('a secret of the test')
  const custody = createCustody({
    platform,
    stores,
    policies: { find: () => null, status: () => [] },
    subjectKey,
  })
  const exporting = {
    ...platform,
    sha256: sha256Hex,
    protocol: { digest: 'f'.repeat(64), texts: {} },
    builtIn: [garden],
    audit,
    labels,
    exports,
    parquetCodecs,
    digestStream,
  }
  const { app, seen } = createFakeGateway({
    verifyAdminToken: createTokenVerifier({ keys: { set }, ...issuing }, clock),
    admin: {
      clock,
      audit,
      control: test.control,
      keys: stores.keys,
      admins: stores.admins,
      people: async ({ id }) => `token-of-${id}`,
      transcripts: stores.transcripts,
      labels,
      exports,
      deleteSubject: custody.deleteSubject,
      digestSubject: custody.digestSubject,
      ...createExporting(exporting),
      ...replaced,
    },
  })
  const document = (await (await app.request('/admin/openapi.json')).json()) as Document
  const contract = adminContract(document)

  /** Below `/admin/v1`; a body that is an object is sent as JSON. */
  async function ask(method: string, path: string, asked: Asked = {}): Promise<Response> {
    const { claims, headers = {}, body } = asked
    const isText = typeof body === 'string' || body instanceof Uint8Array
    const response = await app.request(`/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await tokenFor(claims)}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: (isText ? body : JSON.stringify(body)) as BodyInit }),
    })
    expect(await contract.problems(method, `/admin/v1${path}`, response)).toEqual([])
    return response
  }

  return {
    ...test,
    app,
    seen,
    document,
    contract,
    ask,
    audit,
    transcripts: stores.transcripts,
    database,
    subjectKey,
  }
}

export type AdminGateway = Awaited<ReturnType<typeof openAdminGateway>>

/** Signed and ready to be pushed: the garden in other words, under a number. */
export async function revisionOf(number: number, altered: Partial<SignedRevisionOptions> = {}) {
  const bundle = await reworded(garden, number)
  const options = { signers: [signer], bundle, tests: gardenTests, number, ...altered }
  const { jws, bundle: content, tests } = await signedRevision(options)
  return { digest: options.bundle.digest, sent: { jws, bundle: content, tests } }
}

/** A signed revision alone, as a rollback carries it. */
export async function envelopeOf(number: number, text: number) {
  const bundle = text === 0 ? garden : await reworded(garden, text)
  return signedEnvelope({ signers: [signer], bundle, tests: gardenTests, number })
}

/** Revisions that are pushed, and the last one of them active. */
export async function withRevisions(gateway: AdminGateway, ...numbers: readonly number[]) {
  for (const number of numbers) {
    const { sent } = await revisionOf(number)
    const pushed = await gateway.ask('POST', '/policies/garden/revisions', { body: sent })
    expect(pushed.status).toBe(201)
    const activated = await gateway.ask('POST', '/policies/garden/activate', {
      headers: { 'if-match': '*' },
      body: { revision: number, percent: 100, shadow: false },
    })
    expect(activated.status).toBe(200)
  }
}
