/** A gateway on Node whose signers change between two starts, or whose key server is gone at one: what serves, and what is admitted. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Gateway, startGateway } from '../../../src/node.ts'
import type { RevisionPayload } from '../../../src/revisions/revision.ts'
import { loadPolicies } from '../../../src/start/node/load-policies.node.ts'
import { startKeyServer } from '../../fakes/key-server.ts'
import { PUSHED_POLICY } from '../../fakes/push-revisions.ts'
import {
  createSigner,
  keySetOf,
  reworded,
  type Signer,
  signedRevision,
  smallPolicy,
} from '../../fakes/revisions.ts'

const policies = loadPolicies()

let folder: string
let open: Gateway | null = null

const start = async (signers: string, audience = '') => {
  await open?.close()
  const printed: string[] = []
  open = await startGateway({
    environment: {
      PORT: '0',
      DATA_DIR: folder,
      POLICY_SIGNERS: signers,
      POLICY_AUDIENCE: audience,
    },
    print: (text) => printed.push(text),
    policies: await policies,
  })
  const { url } = open
  const secret = (name: string) => readFileSync(join(folder, name), 'utf8').trim()
  const post = async (path: string, body: object) => {
    const response = await fetch(`${url}/admin/v1/policies/${PUSHED_POLICY}/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret('admin-token')}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      body: JSON.stringify(body),
    })
    return { status: response.status, text: await response.text() }
  }
  return {
    printed: () => printed.join(''),
    async push(signer: Signer, number: number, payload: Partial<RevisionPayload> = {}) {
      const { bundle: original, tests } = await smallPolicy()
      const bundle = await reworded(original, number)
      const { jws, bundle: content } = await signedRevision({
        signers: [signer],
        bundle,
        tests,
        number,
        payload,
      })
      return post('revisions', { jws, bundle: content, tests })
    },
    activate: (revision: number) => post('activate', { revision, percent: 100 }),
    async ready() {
      const response = await fetch(`${url}/readyz`, {
        headers: { authorization: `Bearer ${secret('admin-token')}` },
      })
      const { revisions } = (await response.json()) as {
        readonly revisions: readonly { readonly policy: string }[]
      }
      return revisions.find(({ policy }) => policy === PUSHED_POLICY)
    },
    async ask() {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${secret('app-key')}`,
          'content-type': 'application/json',
          'x-chambers-policy': PUSHED_POLICY,
        },
        body: JSON.stringify({ model: 'stand-in', messages: [{ role: 'user', content: 'Tea?' }] }),
      })
      await response.text()
      return response.status
    },
  }
}
const inline = (...signers: Signer[]) => JSON.stringify(keySetOf(...signers))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chambers-signers-'))
})
afterEach(async () => {
  await open?.close()
  open = null
  rmSync(folder, { recursive: true, force: true })
})

it('takes what is signed for it alone, once it has a name, and serves on meanwhile', async () => {
  const ann = await createSigner('ann')
  const before = await start(inline(ann))
  expect((await before.push(ann, 1)).status).toBe(201)
  expect((await before.push(ann, 2)).status).toBe(201)
  expect((await before.activate(1)).status).toBe(200)

  const named = await start(inline(ann), 'production')
  expect(await named.ask()).toBe(200)
  for (const payload of [{}, { audience: 'staging' }]) {
    expect(await named.push(ann, 3, payload)).toMatchObject({
      status: 422,
      text: expect.stringContaining('audience_mismatch'),
    })
  }
  expect((await named.activate(2)).status).toBe(409)
  expect((await named.push(ann, 4, { audience: 'production' })).status).toBe(201)
  expect((await named.activate(4)).status).toBe(200)
  expect(await named.ready()).toMatchObject({ revision: 4, state: 'live', problem: null })
  expect((await start(inline(ann))).printed()).toContain('signer_retired')
})

it('serves what a signer left behind, says so, and takes nothing more from them', async () => {
  const [ann, bob] = [await createSigner('ann'), await createSigner('bob')]
  const before = await start(inline(ann))
  expect((await before.push(ann, 1)).status).toBe(201)
  expect((await before.push(ann, 2)).status).toBe(201)
  expect((await before.activate(1)).status).toBe(200)

  const after = await start(inline(bob))
  expect(await after.ready()).toMatchObject({
    revision: 1,
    state: 'live',
    problem: 'signer_retired',
  })
  expect(await after.ask()).toBe(200)
  expect(after.printed()).toContain(`policy ${PUSHED_POLICY}: signer_retired`)
  expect(await after.push(ann, 3)).toMatchObject({
    status: 422,
    text: expect.stringContaining('signer_unknown'),
  })
  expect((await after.activate(2)).status).toBe(409)

  expect((await after.push(bob, 4)).status).toBe(201)
  expect((await after.activate(4)).status).toBe(200)
  expect(await after.ready()).toMatchObject({ revision: 4, state: 'live', problem: null })
})

it('refuses what a signer left behind where nobody has proved it before', async () => {
  const [ann, bob] = [await createSigner('ann'), await createSigner('bob')]
  const before = await start(inline(ann))
  await before.push(ann, 1)
  await before.activate(1)
  await open?.close()
  rmSync(join(folder, 'copies'), { recursive: true })
  const after = await start(inline(bob))
  expect(await after.ask()).toBe(503)
  expect(after.printed()).toContain(
    `policy ${PUSHED_POLICY}: signature_invalid; requests for it get 503`,
  )
})

it('starts without the server of its signers, admits nothing meanwhile, and heals', async () => {
  const ann = await createSigner('ann')
  const server = await startKeyServer(keySetOf(ann))
  try {
    const before = await start(server.url)
    expect((await before.push(ann, 1)).status).toBe(201)
    expect((await before.activate(1)).status).toBe(200)

    await server.stop()
    const after = await start(server.url)
    expect(await after.ready()).toMatchObject({
      revision: 1,
      state: 'cached',
      problem: 'signers_unavailable',
    })
    expect(await after.ask()).toBe(200)
    expect(await after.push(ann, 2)).toMatchObject({
      status: 503,
      text: expect.stringContaining('Cannot fetch the keys that may sign revisions'),
    })

    await server.start()
    await expect
      .poll(() => after.ready())
      .toMatchObject({ revision: 1, state: 'live', problem: null })
    expect((await after.push(ann, 2)).status).toBe(201)
  } finally {
    await server.stop()
  }
})
