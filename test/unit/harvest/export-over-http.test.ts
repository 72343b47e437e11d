import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { chambersIn } from '../cli/chambers.ts'
import { exportFrom, readManifest, readRows } from './export-scene.ts'

const QUESTIONS = ['Name three rivers.', 'What is a sonnet?', 'How do bees find their way home?']

let gateway: TestGateway
const place = (name: string) => join(gateway.dataDir, name)
const overHttp = (...args: readonly string[]) =>
  chambersIn({ DATA_DIR: gateway.dataDir })('harvest', 'export', '--url', gateway.url, ...args)

beforeAll(async () => {
  gateway = await startTestGateway({
    upstream: 'stand-in',
    mode: 'enforce',
    environment: { UPSTREAM_TRAINING_RIGHTS: 'open' },
  })
  const { stdout } = await chambersIn({ DATA_DIR: gateway.dataDir })(
    'keys',
    'create',
    '--consent',
    'harvest',
    '--json',
  )
  const { key } = JSON.parse(stdout)
  for (const content of QUESTIONS) {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content },
    ]
    const headers = { authorization: `Bearer ${key}` }
    const answer = await gateway.post('chat/completions', { model: 'stand-in', messages }, headers)
    expect(answer.status).toBe(200)
  }
})
afterAll(() => gateway.close())

it('traffic comes out as the client sent it, without a word of the policy', async () => {
  const out = place('direct')
  const { code, stdout } = await exportFrom(gateway.dataDir, '--out', out, '--min-samples', '1')
  expect([code, stdout]).toEqual([0, expect.stringContaining('3 rows of sft')])
  const prompts = readRows(join(out, 'train.jsonl')).map((row) =>
    (row.messages as { content: string }[]).slice(0, -1).map(({ content }) => content),
  )
  expect(prompts).toEqual(QUESTIONS.map((question) => ['Be brief.', question]))
  expect(readManifest(out)).toMatchObject({ contamination: { unknown_policies: [] } })
})

it('a gateway streams the same rows to a folder or a file', async () => {
  const [direct, folder, file] = [place('here'), place('there'), place('there.jsonl')]
  await exportFrom(gateway.dataDir, '--out', direct)
  const { code, stderr } = await overHttp('--out', folder)
  expect([code, stderr]).toEqual([0, ''])
  await overHttp('--out', file)
  const rows = readFileSync(join(direct, 'train.jsonl'), 'utf8')
  expect(readFileSync(join(folder, 'train.jsonl'), 'utf8')).toBe(rows)
  expect(readFileSync(file, 'utf8')).toBe(rows)
  expect(readManifest(folder)).toMatchObject({ format: { name: 'sft' }, files: [{ rows: 3 }] })
})

it('a gateway that refuses leaves nothing behind', async () => {
  const out = place('refused')
  const { code, stderr } = await overHttp('--out', out, '--token', 'none')
  expect([code, stderr]).toEqual([1, expect.stringContaining('answered 401')])
  expect(readdirSync(out)).toEqual([])
  rmSync(out, { recursive: true })
})

it('what a gateway is not asked for is said', async () => {
  const { code, stderr } = await overHttp('--out', place('none'), '--max-per-cell', '5')
  expect([code, stderr]).toEqual([2, expect.stringContaining('Leave --max-per-cell out')])
})
