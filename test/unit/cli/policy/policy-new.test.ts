import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { chambersIn } from '../chambers.ts'

const scratch = mkdtempSync(join(tmpdir(), 'chambers-new-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const chambers = chambersIn({ DATA_DIR: join(scratch, 'data') })
const at = (name: string) => join(scratch, name)

describe('a new policy', () => {
  it('passes its checks and its golden cases, without a warning', async () => {
    const made = await chambers('policy', 'new', 'shop', '--out', at('shop'))
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).toContain(`npx chambers policy check ${at('shop')}`)
    const check = await chambers('policy', 'check', at('shop'))
    expect(check).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 errors, 0 warnings'),
    })
    const test = await chambers('policy', 'test', at('shop'))
    expect(test).toMatchObject({ code: 0, stdout: expect.stringContaining('9 passed, 0 failed') })
  })

  it.each([
    ['a colon: and "quotes"', 'T&S: the team'],
    ["it's $1 # no comment", '[brackets]'],
  ])('takes any title and owner: %s', async (title, owner) => {
    const out = at(`titled-${title.length}`)
    await chambers('policy', 'new', 'shop', '--out', out, '--title', title, '--owner', owner)
    expect(await chambers('policy', 'check', out)).toMatchObject({ code: 0 })
    const { stdout } = await chambers('policy', 'build', out)
    expect(JSON.parse(stdout)).toMatchObject({ id: 'shop', title, owners: [owner] })
  })

  it('begins with another policy under its own name', async () => {
    const out = at('copy')
    const made = await chambers('policy', 'new', 'mine', '--from', 'policies/agentic', '--out', out)
    expect(made.code).toBe(0)
    expect(await chambers('policy', 'check', out)).toMatchObject({ code: 0 })
    const [mine, theirs] = [out, 'policies/agentic'].map((folder) =>
      readFileSync(join(folder, 'policy.yaml'), 'utf8'),
    )
    expect(mine).toBe(theirs?.replace('id: agentic', 'id: mine'))
    expect(readdirSync(join(out, 'sections'))).toEqual(readdirSync('policies/agentic/sections'))
  })

  it.each([
    [[], 'Name the policy'],
    [
      ['Shop', '--out', 'x'],
      'Name it in lower-case letters, digits and hyphens, as support-bot: Shop',
    ],
    [['shop', '--out', 'policies/default'], 'policies/default is there already'],
    [['shop', '--from', 'nowhere', '--out', at('no')], 'can be read with --from: nowhere'],
    [['shop', '--from', 'docs', '--out', at('no')], 'docs has no policy.yaml'],
  ])('is not made of %j', async (args, message) => {
    const { code, stdout, stderr } = await chambers('policy', 'new', ...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(existsSync(at('no'))).toBe(false)
  })
})
