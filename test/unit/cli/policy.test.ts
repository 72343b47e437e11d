import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { GARDEN_FOLDER, gardenBundle } from '../policy/garden.ts'
import { chambersIn } from './chambers.ts'

type Command = readonly ['policy', 'check' | 'test' | 'build']

const policyCheck: Command = ['policy', 'check']
const policyTest: Command = ['policy', 'test']
const policyBuild: Command = ['policy', 'build']

const scratch = mkdtempSync(join(tmpdir(), 'chambers-policy-'))
afterAll(() => rmSync(scratch, { recursive: true }))

async function run(command: Command, args: readonly string[], json = false) {
  return chambersIn({})(...command, ...args, ...(json ? ['--json'] : []))
}

function gardenWith(name: string, path: string, before: string, after: string): string {
  const folder = join(scratch, name)
  cpSync(GARDEN_FOLDER, folder, { recursive: true })
  const text = readFileSync(join(folder, path), 'utf8')
  writeFileSync(join(folder, path), text.replace(before, after))
  return folder
}

const broken = gardenWith('broken', 'sections/SAW.md', 'severity: medium', 'severity: grave')
const failing = gardenWith(
  'failing',
  'tests/cases.jsonl',
  'Which roses smell',
  'Does hemlock smell',
)

describe('chambers policy check', () => {
  it('tells what it read and ends with 0', async () => {
    expect(await run(policyCheck, [GARDEN_FOLDER])).toEqual({
      code: 0,
      stdout: `${GARDEN_FOLDER}: 0 errors, 0 warnings; 3 sections, 4 golden cases\n`,
      stderr: '',
    })
  })

  it('names file and line of an error and ends with 1', async () => {
    const { code, stdout } = await run(policyCheck, [broken])
    expect(code).toBe(1)
    expect(stdout).toContain(`${broken}/sections/SAW.md:5: error: Correct severity`)
  })

  it('gives the same as JSON', async () => {
    const { code, stdout } = await run(policyCheck, [GARDEN_FOLDER, broken], true)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject([
      { folder: GARDEN_FOLDER, ok: true, digest: (await gardenBundle()).digest, problems: [] },
      { folder: broken, ok: false, digest: null, problems: [{ severity: 'error', line: 5 }] },
    ])
  })

  it('ends with 2 where there is no folder', async () => {
    const { code, stderr } = await run(policyCheck, [join(scratch, 'nowhere')])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^Name the folder of a policy: \S*nowhere is not there; /)
  })
})

describe('chambers policy test', () => {
  it('gives figures for each section and says what it skipped', async () => {
    const { code, stdout } = await run(policyTest, [GARDEN_FOLDER])
    expect(code).toBe(0)
    expect(stdout).toContain('  POI      1/1 found      0/1 needless\n')
    expect(stdout).toContain('  selection: 4 passed, 0 failed, 0 without expectation\n')
    expect(stdout).toContain(
      '  decisions: 1 skipped: no model is asked here; push tries them, by tests.model of policy.yaml\n',
    )
  })

  it('names the case that fails, by file and line, and ends with 1', async () => {
    const { code, stdout } = await run(policyTest, [failing])
    expect(code).toBe(1)
    expect(stdout).toContain(
      `${failing}/tests/cases.jsonl:4: none-1: expected no section, and got POI (matched: hemlock)\n`,
    )
  })

  it('tests nothing of a policy with errors and ends with 1', async () => {
    const { code, stderr } = await run(policyTest, [broken])
    expect(code).toBe(1)
    expect(stderr).toContain('correct the errors above first: nothing was tested\n')
  })
})

describe('chambers policy build', () => {
  it('writes the canonical JSON, and its digests', async () => {
    const out = join(scratch, 'garden.json')
    const { digest } = await gardenBundle()
    const { code, stdout } = await run(policyBuild, [GARDEN_FOLDER, '--out', out], true)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ id: 'garden', digest, file: out })
    const bytes = readFileSync(out)
    const hash = await crypto.subtle.digest('SHA-256', bytes)
    expect(Buffer.from(hash).toString('hex')).toBe(digest)
  })

  it('builds nothing of a policy with errors and ends with 1', async () => {
    const { code, stdout, stderr } = await run(policyBuild, [broken])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('nothing was built')
  })

  it.each([[[]], [['a', 'b']]])('asks for one folder when given %j', async (args) => {
    expect(await run(policyBuild, args)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'Name one policy folder: chambers policy build <folder> [--out FILE]\n',
    })
  })
})
