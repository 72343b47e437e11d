import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { signRevision } from '../../../../src/revisions/signing/sign-revision.ts'
import { createRevisionVerifier } from '../../../../src/revisions/signing/verify-revision.ts'
import { prepareLocalSigner } from '../../../../src/start/node/first-start.node.ts'
import { payloadOf, smallPolicy } from '../../../fakes/revisions.ts'

const folder = mkdtempSync(join(tmpdir(), 'chambers-first-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the signer of a first start', () => {
  it('is made once, readable by its owner alone, and trusted by its public half', async () => {
    const { keys, keyFile } = await prepareLocalSigner(join(folder, 'new'))
    expect(keyFile).toBe(join(folder, 'new', 'policy-signer.json'))
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    const key = JSON.parse(readFileSync(keyFile, 'utf8')) as JWK
    const { d, ...publicKey } = key
    expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid: 'local', d: expect.any(String) })
    expect([keys, d]).toEqual([{ set: { keys: [publicKey] } }, expect.any(String)])
    expect(await prepareLocalSigner(join(folder, 'new'))).toEqual({ keys, keyFile })
  })

  it('signs what the gateway takes', async () => {
    const { keys, keyFile } = await prepareLocalSigner(folder)
    const key = JSON.parse(readFileSync(keyFile, 'utf8')) as JWK
    const { bundle } = await smallPolicy()
    const envelope = await signRevision({ payload: await payloadOf({ bundle, number: 1 }), key })
    expect(await createRevisionVerifier({ keys })(envelope)).toMatchObject({
      ok: true,
      value: { signers: [{ kid: 'local' }] },
    })
  })
})
