import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/lib/json.ts'
import { builtIn } from '../../src/policy/built-in.generated.ts'
import { canonicalBundle, compilePolicy, readBundle } from '../../src/policy/bundle.ts'
import { runCases } from '../../src/policy/check/run-cases.ts'
import { policyFolders, readFolder } from '../../src/policy/write/read-folder.node.ts'

const folders = policyFolders('policies')

describe('the policies that ship', () => {
  it('are default and agentic', () => {
    expect(folders).toEqual(['agentic', 'default'])
  })

  it('hold the sections that are promised', () => {
    const sections = builtIn.bundles.map((bundle) => [
      bundle.id,
      bundle.sections.map((section) => section.id).join(' '),
    ])
    expect(Object.fromEntries(sections)).toEqual({
      agentic: 'DCP EXF HRM IRR OVS SCP',
      default: 'ADV CYB DRG EXT FRD GEN HAR ILL IPR MIN MIS PRV SEX SHM SPC VIO WPN',
    })
  })
})

describe.each(folders)('the policy %s', async (id) => {
  const { compiled, policy, problems } = await compilePolicy(readFolder(join('policies', id)))

  it('has neither error nor warning', () => {
    expect(problems).toEqual([])
  })

  it('has the digest that it is built in with', async () => {
    const bundle = builtIn.bundles.find((one) => one.id === id)
    expect(bundle).toEqual(compiled?.bundle)
    const content = bundle && parseJson(canonicalBundle(bundle))
    if (!bundle || !content?.ok) throw new Error('no canonical JSON')
    expect(await readBundle(content.value, bundle)).toMatchObject({ ok: true })
  })

  it('selects what its golden cases expect', () => {
    if (!compiled) throw new Error('not compiled')
    const report = runCases(compiled.bundle, policy.cases)
    expect(report.cases.filter((one) => one.outcome === 'failed')).toEqual([])
    for (const figures of report.sections) {
      expect(figures.expected, figures.section).toBeGreaterThan(0)
      expect(figures.negatives).toBeGreaterThan(0)
    }
  })
})
