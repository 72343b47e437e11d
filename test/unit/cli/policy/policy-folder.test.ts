import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readPolicyFolder } from '../../../../src/cli/policy/policy-folder.node.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'chambers-folder-')))
const home = process.cwd()

for (const folder of ['desk/acme/sections', 'desk/Schüler', 'policies/default', 'notes']) {
  mkdirSync(join(root, folder), { recursive: true })
}
for (const folder of ['desk/acme', 'desk/Schüler', 'policies/default']) {
  writeFileSync(join(root, folder, 'policy.yaml'), 'id: any\n')
}
writeFileSync(join(root, 'desk/acme/sections/GEN.md'), '')
writeFileSync(join(root, 'desk/ann.json'), '{}')

beforeEach(() => process.chdir(root))
afterEach(() => process.chdir(home))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('the folder of a policy', () => {
  it.each([
    ['desk', 'Name a policy in this folder (desk/Schüler, desk/acme): desk'],
    ['desk/acme/sections', 'Name the whole policy, desk/acme: desk/acme/sections'],
    ['desk/acme/policy.yaml', 'Name the whole policy, desk/acme: desk/acme/policy.yaml'],
    ['desk/acme/sections/GEN.md', 'Name the whole policy, desk/acme: desk/acme/sections/GEN.md'],
    [
      'acme',
      'Name the folder of a policy: acme is not there; there are desk/Schüler, desk/acme, policies/default',
    ],
    [
      'desk/ann.json',
      'Name the folder of a policy: desk/ann.json is a file; there are desk/Schüler, desk/acme, policies/default',
    ],
  ])('is meant by %s', (name, message) => {
    expect(() => readPolicyFolder(name)).toThrow(new Error(message))
  })

  it('says so where no policy is near', () => {
    process.chdir(join(root, 'notes'))
    expect(() => readPolicyFolder('acme')).toThrow(
      new Error(
        `Name the folder of a policy: acme is not there; none is near ${join(root, 'notes')}`,
      ),
    )
  })

  it.each(['desk/acme', './desk/acme/', 'policies/default'])('is read as %s', (name) => {
    expect(readPolicyFolder(name).map(({ path }) => path)).toContain('policy.yaml')
  })

  it('is read without its settings, which a check asks for', () => {
    expect(readPolicyFolder('notes')).toEqual([])
  })
})
