/** A gateway with TRANSCRIPT_KEY, as its operator, its T&S team and its data team meet it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createOpen, openTranscript } from '../../../src/transcript/seal/open.ts'
import { zlibCompression } from '../../../src/transcript/zlib-compression.node.ts'
import { type AdminCaller, createAdminCaller } from '../../fakes/admin-caller.ts'
import { type GatewayProcess, startGatewayProcess } from '../../fakes/gateway-process.ts'
import { createKeyPair } from '../../fakes/transcript-keys.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'chambers-sealed-'))
const { publicKey, privateKey } = await createKeyPair('P-256')
const MARK = 'MARK-of-the-client'

let gateway: GatewayProcess
let admin: AdminCaller
beforeAll(async () => {
  gateway = await startGatewayProcess(dataDir, { TRANSCRIPT_KEY: JSON.stringify(publicKey) })
  admin = createAdminCaller({ url: gateway.url, token: gateway.secret('admin-token') })
})
afterAll(async () => {
  await gateway?.kill()
  rmSync(dataDir, { recursive: true, force: true })
})

async function ask(body: object, key = gateway.secret('app-key')): Promise<string> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'stand-in',
      messages: [{ role: 'user', content: `${MARK}: how do I pick a strong password?` }],
      ...body,
    }),
  })
  expect(response.status).toBe(200)
  await response.text()
  return response.headers.get('x-chambers-transcript') ?? ''
}

const textOnDisk = () =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
    .join('\n')

it('keeps what was said for the data team alone, and labels beside it', async () => {
  const id = await ask({})
  const labelled = await admin.ask('POST', `/transcripts/${id}/labels`, {
    body: { kind: 'edited_answer', answer: `${MARK} edited` },
  })
  expect(labelled.status).toBe(201)
  const { body } = await admin.ask('GET', `/transcripts/${id}`)
  expect(body).toMatchObject({ id, sealed: expect.any(String), labels: [{ answer: null }] })
  expect(body).not.toHaveProperty('request')
  const disk = textOnDisk()
  expect(disk).toContain(id)
  expect(disk).not.toContain(MARK)
  const open = await createOpen([privateKey])
  const opened = await openTranscript(
    { id, sealed: body.sealed },
    { open, compression: zlibCompression },
  )
  expect(opened).toMatchObject({
    ok: true,
    value: { request: { messages: [{ content: expect.stringContaining(MARK) }] } },
  })
})

it('is found by its labels and its scores all the same', async () => {
  const id = await ask({})
  expect(
    (await admin.ask('POST', `/transcripts/${id}/labels`, { body: { kind: 'bad' } })).status,
  ).toBe(201)
  const found = async (query: string) => {
    const { body } = await admin.ask('GET', `/transcripts?label=bad&${query}`)
    return body.transcripts.map((row: { readonly id: string }) => row.id)
  }
  expect(await found('minScores=style:1')).toEqual([id])
  expect(await found('maxScores=style:0.5')).toEqual([])
})

it('bars harvest where the client says store: false, and where its key does', async () => {
  const keyFor = async (consent: string) =>
    (await admin.ask('POST', '/keys', { body: { consent } })).body.key as string
  const harvest = await keyFor('harvest')
  const ids = [
    await ask({ store: true }, harvest),
    await ask({ store: false }, harvest),
    await ask({}, await keyFor('audit')),
    await ask({ user: 'somebody' }, await keyFor('none')),
  ]
  const { body } = await admin.ask('GET', '/transcripts?limit=10')
  const rows = new Map(
    body.transcripts.map((row: { readonly id: string }) => [row.id, row] as const),
  )
  expect(ids.map((id) => rows.get(id))).toMatchObject([
    { consent: 'harvest' },
    { consent: 'audit' },
    { consent: 'audit' },
    { consent: 'none', contentBytes: 0, subject: null, session: null },
  ])
})

it('deletes a person by the name that the client gave', async () => {
  const person = { safety_identifier: 'person-7', user: 'not this' }
  const ids = [await ask(person), await ask(person), await ask({ user: 'person-7' })]
  const other = await ask({ user: 'person-8' })
  const removed = await admin.ask('DELETE', '/transcripts?subject=person-7&tenant=default')
  expect(removed).toMatchObject({ status: 200, body: { transcripts: 3, exports: [] } })
  const left = await Promise.all(
    [...ids, other].map(async (id) => (await admin.ask('GET', `/transcripts/${id}`)).status),
  )
  expect(left).toEqual([404, 404, 404, 200])
  const later = await ask(person)
  expect((await admin.ask('GET', `/transcripts/${later}`)).status).toBe(200)
})

it.each([
  ['its private part', { ...privateKey }, 'without its private part'],
  [
    'no point of its curve',
    { ...publicKey, y: 'A'.repeat(43) },
    'a public key that somebody has the private one of',
  ],
])('does not start with a key that has %s', async (_, key, wants) => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'chambers-unsealed-'))
  const started = startGatewayProcess(elsewhere, { TRANSCRIPT_KEY: JSON.stringify(key) })
  const error = await started.then(
    async (running) => running.kill(),
    (reason: unknown) => String(reason),
  )
  expect(error).toContain('TRANSCRIPT_KEY: got a value (hidden), wants')
  expect(error).toContain(wants)
  expect(error).not.toContain(privateKey.d)
  rmSync(elsewhere, { recursive: true, force: true })
})
