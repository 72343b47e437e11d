import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AdminCaller, createAdminCaller } from '../../../fakes/admin-caller.ts'
import { startTestGateway, type TestGateway } from '../../../fakes/gateway.ts'
import { createKeyPair } from '../../../fakes/transcript-keys.ts'
import { chambersIn } from '../../../unit/cli/chambers.ts'
import { kept } from '../../../unit/harvest/increment-kept.ts'
import { readNight } from '../../../unit/harvest/increment-scene.ts'

let gateway: TestGateway
let admin: AdminCaller
let key = ''
let keyFile = ''
let places = 0

async function ask(content: string, user: string): Promise<string> {
  const body = { model: 'stand-in', user, messages: [{ role: 'user', content }] }
  const headers = { authorization: `Bearer ${key}` }
  const response = await gateway.post('chat/completions', body, headers)
  expect(response.status).toBe(200)
  return response.headers.get('x-chambers-transcript') ?? ''
}

async function night(...args: readonly string[]) {
  const out = join(gateway.dataDir, `night-${++places}`)
  const chambers = chambersIn({ DATA_DIR: gateway.dataDir })
  const asked = ['--url', gateway.url, '--key', keyFile, '--out', out, ...args]
  const { code, stderr } = await chambers('harvest', 'export', ...asked)
  return { out, code, stderr, ...readNight(out) }
}

const contentsOf = (rows: readonly unknown[]) => JSON.stringify(rows)

beforeAll(async () => {
  const { publicKey, privateKey } = await createKeyPair()
  gateway = await startTestGateway({
    upstream: 'stand-in',
    mode: 'enforce',
    environment: {
      UPSTREAM_TRAINING_RIGHTS: 'open',
      TRANSCRIPT_KEY: JSON.stringify(publicKey),
    },
  })
  keyFile = join(gateway.dataDir, 'private.json')
  writeFileSync(keyFile, JSON.stringify(privateKey))
  admin = createAdminCaller({ url: gateway.url, token: gateway.adminToken })
  key = (await admin.ask('POST', '/keys', { body: { consent: 'harvest' } })).body.key as string
})
afterAll(() => gateway.close())

it('an increment of sealed records gives what came later, and takes back what labels and deletions took', async () => {
  const bad = await ask('Name three rivers of the north, and where they end.', 'ann')
  const edited = await ask('What is a sonnet, and who wrote the first of them?', 'ann')
  const gone = await ask('How do bees find their way home in the evening?', 'bob')
  const first = await night()
  expect([first.code, first.rows.length]).toEqual([0, 3])
  await ask('Why does bread rise, and what is it that makes it sour?', 'ann')
  const label = (id: string, body: object) =>
    admin.ask('POST', `/transcripts/${id}/labels`, { body })
  await label(bad, { kind: 'bad' })
  await label(edited, { kind: 'edited_answer', answer: 'Fourteen lines; Lentini.' })
  await admin.ask('DELETE', '/transcripts?subject=bob&tenant=default')
  const second = await night('--since', first.out)
  expect([second.code, second.stderr]).toEqual([0, expect.stringContaining('kept')])
  expect(contentsOf(second.rows)).toContain('Fourteen lines; Lentini.')
  expect(second.rows).toHaveLength(2)
  expect(second.tombstones.toSorted((one, other) => (one.reason < other.reason ? -1 : 1))).toEqual([
    { id: gone, transcript: gone, reason: 'deleted' },
    { id: bad, transcript: bad, reason: 'label_bad' },
    { id: edited, transcript: edited, reason: 'replaced' },
  ])
  const third = await night('--since', second.out)
  expect([third.code, third.rows]).toEqual([1, []])
  const whole = await night()
  expect(kept([first, second, third])).toEqual(kept([whole]))
})

it('other arguments are refused where the rows are made, too', async () => {
  const first = await night()
  const second = await night('--since', first.out, '--format', 'kto')
  expect([second.code, second.stderr]).toEqual([
    2,
    expect.stringContaining('That export was made with other arguments (format)'),
  ])
})
