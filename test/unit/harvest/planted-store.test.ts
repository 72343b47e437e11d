import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { exportFrom, readManifest, readRows, storeOf, withFailedDraft } from './export-scene.ts'
import { plant, wordsOfNumber } from './stages/plant.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const MAIL = 'jane@roe.example'
const HAZARD = { reasoning: 'Mix 20 g with 30 ml at 60 °C, for CYANIDE-CANARY.' }
const BENCHMARK = wordsOfNumber(9000, 20)

describe('an export of a store with planted faults', () => {
  it('counts each by its reason, loses no good row, and lists the quarantined by id', async () => {
    const good = Array.from({ length: 30 }, (_, index) => plant(index + 1))
    const leaky = plant(101, { prompt: 'Say: here is what may be said in its place, please' })
    const folder = await storeOf([
      ...good,
      plant(40, { reasoning: `The person is ${MAIL}.` }),
      { ...leaky, request: { messages: [{ role: 'user', content: 'something else' }] } },
      plant(102, { cited: ['XYZ9'] }),
      plant(103, { decision: 'comply', answer: "I'm sorry, but I can't help with that." }),
      plant(104, { reasoning: "OpenAI's content policy forbids it." }),
      plant(105, { prompt: `Please: ${BENCHMARK}` }),
      plant(106, HAZARD),
      plant(107, HAZARD),
      plant(108, { rights: 'none' }),
      plant(109, { consent: 'audit' }),
      plant(110, { consent: 'none' }),
      withFailedDraft(plant(111, { verdict: { scores: { helpfulness: 2, style: 9 } } }), 'A draft'),
    ])
    folders.push(folder)
    const sets = join(folder, 'benchmark.txt')
    writeFileSync(sets, `${BENCHMARK}\n`)
    const out = join(folder, 'out')
    const options = ['--format', 'sft-cot', '--min-score', 'helpfulness=6']
    const ran = await exportFrom(folder, ...options, '--out', out, '--decontaminate', sets)
    expect(ran).toMatchObject({ code: 0 })
    expect(readManifest(out)).toMatchObject({
      kept: 31,
      dropped: {
        prompt_altered: 1,
        citation_unknown: 1,
        decision_mismatch: 1,
        foreign_policy: 1,
        evaluation_overlap: 1,
        hazard_quarantined: 2,
        rights_none: 1,
        consent_missing: 2,
        judge_low: 1,
      },
      redacted: { email: 1 },
    })
    expect(readRows(join(out, 'train.jsonl'))).toHaveLength(31)
    const data = readFileSync(join(out, 'train.jsonl'), 'utf8')
    expect(data).toContain('[EMAIL_1]')
    expect(data).not.toMatch(/jane@|CYANIDE/)
    const quarantine = readFileSync(join(out, 'quarantine.txt'), 'utf8')
    expect(quarantine).toMatch(/^tr_0{30}6a#0\ntr_0{30}6b#0\n$/)
  })

  it('lists nothing where nothing was set apart, nor what an earlier export had', async () => {
    const folder = await storeOf([plant(1), plant(2, HAZARD)])
    folders.push(folder)
    const out = join(folder, 'out')
    await exportFrom(folder, '--format', 'sft-cot', '--out', out)
    expect(existsSync(join(out, 'quarantine.txt'))).toBe(true)
    await exportFrom(folder, '--format', 'sft', '--out', out, '--force')
    expect(existsSync(join(out, 'quarantine.txt'))).toBe(false)
  })
})
