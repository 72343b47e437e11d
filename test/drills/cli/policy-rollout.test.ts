import { describe, expect, it } from 'vitest'
import { openDesk, type Way } from '../../process/cli/desk.ts'

const WAYS: readonly Way[] = ['gateway', 'database']

describe.each(WAYS)('policies, through the %s', (way) => {
  it('go from a folder to everyone in steps, and back in one', async () => {
    await using desk = await openDesk(way)
    const { chambers, json, policy, key, file } = desk
    const [builtIn] = (await json('policy', 'list')).filter((one) => one.policy === 'agentic')
    desk.edit('policy.yaml', 'title: ', 'title: Trial of ')
    const out = file('one.json')
    const sign = ['policy', 'sign', policy, '--key', key('ann'), '--note', 'Trial', '--out', out]
    const signed = await chambers(...sign)
    expect(signed).toMatchObject({ code: 0 })
    expect(signed.stdout).toContain('Signed agentic revision 1')
    expect(signed.stderr).toContain(`npx chambers policy push ${out}`)

    const pushed = await chambers('policy', 'push', out)
    expect(pushed).toMatchObject({ code: 0 })
    expect(pushed.stdout).toContain('Admitted agentic revision 1')
    expect(pushed.stdout).toContain('signed by     ann\n')
    expect(pushed.stderr).toContain('npx chambers policy activate agentic 1 --shadow')
    expect(await json('policy', 'list', 'agentic')).toMatchObject([
      { number: 1, state: 'admitted' },
    ])

    const shadowed = await chambers('policy', 'activate', 'agentic', '1', '--shadow')
    expect(shadowed.code).toBe(0)
    expect(shadowed.stdout).toMatch(/revision 1 \(\w+\) runs in shadow, without effect\n$/)
    expect(shadowed.stderr).toContain('npx chambers policy activate agentic 1 --percent 5')

    const few = await chambers('policy', 'activate', 'agentic', '1', '--percent', '5')
    expect(few.stdout).toMatch(/the built-in policy \(\w+\) serves 95 % of callers\n/)
    expect(few.stdout).toMatch(/revision 1 \(\w+\) serves 5 % of callers\n$/)

    const all = await chambers('policy', 'activate', 'agentic', '1', '--percent', '100')
    expect(all.stdout).toMatch(/Now:\nagentic: revision 1 \(\w+\) serves everyone\n$/)

    const back = await json('policy', 'rollback', 'agentic', '--key', key('bob'))
    expect(back).toMatchObject([
      { ok: true, active: 2, activeDigest: builtIn.activeDigest, action: 'rollback' },
    ])
    expect(await json('policy', 'list', 'agentic')).toMatchObject([
      { number: 2, state: 'serves', signers: ['bob'] },
      { number: 1, state: 'served', payload: { note: 'Trial', supersedes: builtIn.activeDigest } },
    ])
  })

  it('go back to what served before, again and again, by number and by digest', async () => {
    await using desk = await openDesk(way)
    const { json, key } = desk
    const rollback = (...args: string[]) =>
      json('policy', 'rollback', 'agentic', '--key', key('ann'), ...args)
    const activate = (number: number) => json('policy', 'activate', 'agentic', String(number))
    const [one] = await activate(await desk.publish('one'))
    const [two] = await activate(await desk.publish('two'))
    expect(await rollback()).toMatchObject([{ active: 3, activeDigest: one.activeDigest }])
    expect(await rollback('--to', 'previous')).toMatchObject([
      { active: 4, activeDigest: two.activeDigest },
    ])
    expect(await rollback('--to', '1')).toMatchObject([{ activeDigest: one.activeDigest }])
    const prefix = two.activeDigest.slice(0, 12)
    expect(await rollback('--to', prefix)).toMatchObject([{ activeDigest: two.activeDigest }])
    expect(
      await desk.chambers('policy', 'rollback', 'agentic', '--key', key('ann'), '--to', '99'),
    ).toMatchObject({ code: 1, stderr: expect.stringContaining('policy agentic has no 99') })
  })

  it('are taken back before they are committed, without a signature', async () => {
    await using desk = await openDesk(way)
    const number = String(await desk.publish('one'))
    await desk.chambers('policy', 'activate', 'agentic', number, '--percent', '20')
    const halted = await desk.chambers('policy', 'halt', 'agentic')
    expect(halted.stdout).toMatch(/Now:\nagentic: the built-in policy \(\w+\) serves everyone\n$/)
    expect(await desk.chambers('policy', 'halt', 'agentic')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nothing was done: Halt nothing: no revision is staged'),
    })
    expect((await desk.chambers('policy', 'list', 'agentic')).stdout).toContain('Halted at ')
  })

  it('want as many signatures as the revision that serves asks for', async () => {
    await using desk = await openDesk(way)
    const { chambers, json, key, file, policy } = desk
    desk.edit('policy.yaml', 'precedence:', 'signatures: { required: 2 }\nprecedence:')
    await json('policy', 'activate', 'agentic', String(await desk.publish('one')))
    desk.edit('policy.yaml', 'title: one', 'title: two')
    const out = file('two.json')
    const first = await chambers('policy', 'sign', policy, '--key', key('ann'), '--out', out)
    expect(first.stderr).toContain('It wants 2 signatures, and bears 1. Next, somebody else:\n')
    expect(first.stderr).toContain(`npx chambers policy sign --add ${out} --key KEY`)
    const alone = await chambers('policy', 'push', out)
    expect(alone.code).toBe(0)
    expect(alone.stderr).toContain('It wants 2 signatures and bears 1 that counts (ann)')
    expect(alone.stderr).toContain('npx chambers policy sign --add agentic@2 --key KEY')
    expect((await chambers('policy', 'activate', 'agentic', '2')).code).toBe(1)
    const second = await chambers('policy', 'sign', '--add', out, '--key', key('bob'))
    expect(second.stdout).toContain('Changes to what serves now:\n  settings: title\n')
    expect(second.stdout).toContain('\nSigned as bob: ')
    expect(await json('policy', 'push', out)).toMatchObject([{ ok: true, number: 2 }])
    await json('policy', 'activate', 'agentic', '2')

    const back = file('back.json')
    const roll = ['policy', 'rollback', 'agentic', '--key', key('ann')]
    const waiting = await chambers(...roll, '--out', back)
    expect(waiting.stdout).toContain('Nothing has changed yet\n')
    const added = await chambers('policy', 'sign', '--add', back, '--key', key('bob'))
    expect(added.stderr).toContain(`npx chambers policy rollback agentic --file ${back}`)
    expect(await json('policy', 'rollback', 'agentic', '--file', back)).toMatchObject([
      { active: 3 },
    ])
    expect(await json(...roll, '--key', key('bob'))).toMatchObject([{ active: 4 }])
  })

  it('refuse the signature of somebody unknown', async () => {
    await using desk = await openDesk(way)
    const out = desk.file('one.json')
    await desk.chambers('policy', 'sign', desk.policy, '--key', desk.key('eve'), '--out', out)
    expect(await desk.json('policy', 'push', out)).toMatchObject([
      { ok: false, reason: 'rejected', problems: [{ code: 'signer_unknown' }] },
    ])
  })

  it('are told as figures, once and again', async () => {
    const watched = new AbortController()
    await using desk = await openDesk(way, { signal: watched.signal })
    await desk.chambers(
      'policy',
      'activate',
      'agentic',
      String(await desk.publish('one')),
      '--shadow',
    )
    const once = await desk.chambers('policy', 'status')
    expect(once.code).toBe(0)
    expect(once.stdout).toMatch(
      /agentic {2}the built-in policy \(\w+\)\n {2}changed {3}\S+ \S+ by \S+ \(stage\)\n/,
    )
    expect(once.stdout).toContain('needs 100 requests on each side before it compares')
    const widths = once.stdout.split('\n').map((line) => line.length)
    expect(Math.max(...widths)).toBeLessThanOrEqual(80)
    watched.abort()
    const [report] = await desk.json('policy', 'status', '--watch')
    expect(report).toMatchObject({
      complete: true,
      policies: [{ id: 'agentic' }, { id: 'default' }],
    })
    expect(report.instances).toHaveLength(way === 'gateway' ? 1 : 0)
  })

  it.each([
    [['policy', 'activate', 'agentic'], 'Name a policy and the number of a revision'],
    [['policy', 'activate', 'agentic', '1', '--percent', 'half'], 'Set --percent to a share'],
    [['policy', 'rollback', 'agentic'], 'Name one policy and a key'],
    [['policy', 'halt'], 'Name one policy: chambers policy halt ID'],
    [['policy', 'push'], 'Name one signed revision: chambers policy push FILE'],
    [['policy', 'list', 'a', 'b'], 'Name one policy, or none'],
  ])('are not touched by %j', async (args, message) => {
    await using desk = await openDesk('database')
    const { code, stdout, stderr } = await desk.chambers(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })
})
