import { describe, expect, it } from 'vitest'
import { type Desk, openDesk, type Way } from '../desk.ts'

const WAYS: readonly Way[] = ['gateway', 'database']

/** The desk's policy whose cases that expect a decision are tried with the stand-in. */
async function signWithModel(desk: Desk): Promise<string> {
  desk.edit(
    'policy.yaml',
    '# The weightiest',
    'tests: { model: stand-in, decisions: 0 }\n\n# The weightiest',
  )
  const out = desk.file('tried.json')
  await desk.chambers('policy', 'sign', desk.policy, '--key', desk.key('ann'), '--out', out)
  return out
}

describe.each(WAYS)('a push, through the %s', (way) => {
  it('tries the decisions with the model that is configured', async () => {
    await using desk = await openDesk(way)
    const out = await signWithModel(desk)
    const [pushed] = await desk.json('policy', 'push', out)
    expect(pushed).toMatchObject({ ok: true, report: { warnings: [] } })
    expect(pushed.report.decisions.model).toBe('stand-in')
    expect(pushed.report.decisions.cases.length).toBeGreaterThan(5)
    const again = await desk.chambers('policy', 'push', out)
    expect(again.stdout).toMatch(
      / {2}decisions {5}\d+ passed, \d+ failed, 0 could not be judged, with stand-in\n/,
    )
  })
})
