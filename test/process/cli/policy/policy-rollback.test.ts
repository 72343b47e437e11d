import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { readPayload } from '../../../../src/revisions/revision.ts'
import { chambersIn } from '../../../unit/cli/chambers.ts'
import { openDesk } from '../desk.ts'

const desk = await openDesk('database')
afterAll(() => desk[Symbol.asyncDispose]())
const { file, key, policy } = desk

describe('chambers policy rollback', () => {
  it('is for the deployment that the environment names, as what it goes back from was', async () => {
    const chambers = chambersIn({ ...desk.environment, POLICY_AUDIENCE: 'production' })
    const signed = ['--key', key('ann'), '--out']
    desk.edit('policy.yaml', 'title: ', 'title: Another ')
    await chambers('policy', 'sign', policy, ...signed, file('next.json'))
    await chambers('policy', 'push', file('next.json'))
    expect((await chambers('policy', 'activate', 'agentic', '1', '--percent', '100')).code).toBe(0)
    await chambers('policy', 'rollback', 'agentic', ...signed, file('back.json'))
    const { jws } = JSON.parse(readFileSync(file('back.json'), 'utf8'))
    expect(readPayload(jws)).toMatchObject({ audience: 'production', revision: 2 })
    const back = ['policy', 'rollback', 'agentic', '--file', file('back.json')]
    const elsewhere = await desk.chambers(...back)
    expect([elsewhere.code, elsewhere.stdout + elsewhere.stderr]).toEqual([
      1,
      expect.stringContaining('it is signed for production, and this one has no name'),
    ])
    expect((await chambers(...back)).code).toBe(0)
  })

  it('waits with the gateway for the second person, who has nothing but the address', async () => {
    await using pair = await openDesk('database')
    const { chambers } = pair
    pair.edit('policy.yaml', 'precedence:', 'signatures: { required: 2 }\nprecedence:')
    for (const [title, ...more] of [['First'], ['Second', 'bob']] as const) {
      const number = await pair.publish(title, 'ann', ...more)
      await chambers('policy', 'activate', 'agentic', `${number}`, '--percent', '100')
    }
    const out = pair.file('back.json')
    const back = ['policy', 'rollback', 'agentic', '--key', pair.key('ann'), '--out', out]
    const written = await chambers(...back)
    expect(written.stderr).toContain(`Or push it now, so that they find it there:\n`)
    expect(written.stderr).toContain(`policy push ${out}`)
    await chambers('policy', 'push', out)
    const joined = await chambers('policy', 'sign', '--add', 'agentic@3', '--key', pair.key('bob'))
    expect(joined.stdout).toContain('agentic revision 3 bears ann, bob\n')
    const activated = await chambers('policy', 'activate', 'agentic', '3', '--percent', '100')
    expect(activated.stdout).toMatch(/agentic: revision 3 \(\w+\) serves everyone\n$/)
  })
})
