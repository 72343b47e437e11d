import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { chambersIn } from '../chambers.ts'

const scratch = mkdtempSync(join(tmpdir(), 'chambers-try-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const chambers = chambersIn({ DATA_DIR: join(scratch, 'data') })
let count = 0
let shop: string
const tests = (name: string) => join(shop, 'tests', name)

beforeEach(async () => {
  shop = join(scratch, `shop-${++count}`)
  await chambers('policy', 'new', 'shop', '--out', shop)
})

const MONEY = 'Where is my refund?'

describe('a sentence that is tried', () => {
  it('brings up sections, with score and reason', async () => {
    const { code, stdout } = await chambers('policy', 'try', shop, MONEY, 'Hello')
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /“Where is my refund\?”\n.*\n {2}GEN +in full +1\.00 +always\n {2}PRM +in full +0\.\d\d +matched: refund/,
    )
    expect(stdout).toContain('1 more as summaries, below 0.1; in full from 0.3 on')
  })

  it('is told as JSON, every section', async () => {
    const { stdout } = await chambers('policy', 'try', shop, MONEY, '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      policy: 'shop',
      sentence: MONEY,
      sections: [
        { section: 'GEN', full: true, reason: 'always' },
        { section: 'PRM', full: true },
      ],
    })
  })

  it('is decided where a model is named', async () => {
    const { stdout } = await chambers('policy', 'try', shop, MONEY, '--model', 'stand-in')
    expect(stdout).toMatch(/decision: \w+; [A-Z]{3}\d/)
  })

  it('is tried on what serves, by id', async () => {
    const { code, stdout } = await chambers('policy', 'try', 'default', 'How do casinos work?')
    expect([code, stdout]).toEqual([0, expect.stringContaining('GEN')])
  })

  it.each([
    [['shop'], 2, 'Give a sentence, too'],
    [['nowhere', 'Hello'], 1, 'nowhere'],
    [['nowhere', 'Hello', '--golden'], 2, 'Name the policy’s folder'],
    [['default', 'Hello', '--expect', 'GEN'], 2, 'Give --golden, too, or leave out --expect'],
  ])('used wrongly with %j is told', async (args, exit, message) => {
    const { code, stderr } = await chambers('policy', 'try', ...args)
    expect([code, stderr]).toEqual([exit, expect.stringContaining(message)])
  })
})

describe('a sentence that becomes a golden case', () => {
  it('is written behind the others, which stay as they are to the byte', async () => {
    appendFileSync(
      tests('PRM.jsonl'),
      '{"id":"odd",  "messages":[{"role":"user","content":"refund"}],"expect":{"sections":["PRM"]}}',
    )
    const before = readFileSync(tests('PRM.jsonl'), 'utf8')
    const { stdout } = await chambers(
      'policy',
      'try',
      shop,
      MONEY,
      '--golden',
      '--decision',
      'comply',
    )
    expect(stdout).toContain(`written as prm-tried-1 into ${tests('PRM.jsonl')}`)
    const after = readFileSync(tests('PRM.jsonl'), 'utf8')
    expect(after.startsWith(`${before}\n`)).toBe(true)
    expect(JSON.parse(after.slice(before.length))).toEqual({
      id: 'prm-tried-1',
      messages: [{ role: 'user', content: MONEY }],
      expect: { sections: ['PRM'], decision: 'comply' },
    })
    expect(await chambers('policy', 'test', shop)).toMatchObject({ code: 0 })
  })

  it('may expect what does not come up as yet, and is told so', async () => {
    const args = ['--golden', '--expect', 'PRM'] as const
    const { code, stdout } = await chambers('policy', 'try', shop, 'I want my cash', ...args)
    expect([code, stdout]).toEqual([0, expect.stringContaining('PRM does not come up')])
    expect(await chambers('policy', 'test', shop)).toMatchObject({ code: 1 })
  })

  it('may expect that nothing comes up', async () => {
    await chambers('policy', 'try', shop, 'Good morning', '--golden', '--expect', 'none')
    const line = readFileSync(tests('benign.jsonl'), 'utf8')
    expect(JSON.parse(line).expect).toEqual({ sections: [] })
  })

  it('is refused where it is there, and where no such section is', async () => {
    await chambers('policy', 'try', shop, MONEY, '--golden')
    const again = await chambers('policy', 'try', shop, MONEY, '--golden')
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('asks this already') })
    const unknown = await chambers('policy', 'try', shop, 'Hi', '--golden', '--expect', 'PRX')
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There are GEN, PRM'),
    })
  })

  it('is refused of a policy with errors, whose file stays', async () => {
    writeFileSync(join(shop, 'policy.yaml'), 'id: shop\n')
    const { code, stderr } = await chambers('policy', 'try', shop, MONEY, '--golden')
    expect([code, stderr]).toEqual([1, expect.stringContaining('Correct the errors first')])
    expect(readFileSync(tests('PRM.jsonl'), 'utf8')).not.toContain(MONEY)
  })
})
