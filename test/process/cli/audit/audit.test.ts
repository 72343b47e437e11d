import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { openDesk, type Way } from '../desk.ts'

const WAYS: readonly Way[] = ['gateway', 'database']

/** A change by somebody who has the database in hand. */
function tamper(dataDir: string, sql: string): void {
  const database = new DatabaseSync(join(dataDir, 'chambers.db'))
  database.exec(sql)
  database.close()
}

describe.each(WAYS)('the audit log, through the %s', (way) => {
  it('tells who did what', async () => {
    await using desk = await openDesk(way)
    const number = String(await desk.publish('one'))
    await desk.chambers('policy', 'activate', 'agentic', number, '--percent', '5')
    await desk.chambers('policy', 'activate', 'agentic', number)
    await desk.chambers('policy', 'rollback', 'agentic', '--key', desk.key('ann'))
    const { code, stdout } = await desk.chambers('audit', 'list', '--policy', 'agentic')
    expect(code).toBe(0)
    const actor = way === 'gateway' ? 'admin:local-admin' : 'cli:'
    const lines = stdout.trimEnd().split('\n').slice(1)
    expect(lines.every((line) => line.includes(` ${actor}`))).toBe(true)
    expect(lines.map((line) => line.replace(/^.* (policy\.)/, '$1'))).toEqual([
      expect.stringMatching(/^policy\.push agentic: digest \w{12}, revision 1, signers ann$/),
      'policy.stage agentic: 1 staged, 5 %',
      'policy.activate agentic: 0 → 1',
      'policy.rollback agentic: 1 → 2',
    ])
    const today = new Date().toISOString().slice(0, 10)
    const days = await desk.chambers('audit', 'list', '--from', today, '--policy', 'agentic')
    expect(days.stdout).toBe(stdout)
    const before = await desk.chambers('audit', 'list', '--to', '2020-12-31', '--policy', 'agentic')
    expect(before.stdout).toBe('No entries of the policy agentic before 2021-01-01T00:00Z (UTC)\n')
    const newest = await desk.json('audit', 'list', '--limit', '1')
    expect(newest).toMatchObject([
      { action: 'policy.rollback', hash: expect.stringMatching(/^\w{64}$/) },
    ])
  })

  it('is whole, and stays so behind an anchor', async () => {
    await using desk = await openDesk(way)
    await desk.publish('one')
    const first = await desk.chambers('audit', 'verify')
    expect(first.code).toBe(0)
    const [, anchor = ''] = /^Head: (\d+:\w{64})$/m.exec(first.stdout) ?? []
    await desk.publish('two')
    const second = await desk.chambers('audit', 'verify', '--anchor', anchor)
    expect(second.stdout).toMatch(
      /^Whole: \d+ entries fit one another, and the anchor \d+ is still in it\n/,
    )
  })

  it.each([
    [
      "UPDATE audit SET actor = 'admin:eve' WHERE seq = 2",
      'entry 2 was changed after it was written',
    ],
    ["UPDATE audit SET details = '{' WHERE seq = 2", 'entry 2 was changed after it was written'],
    ['DELETE FROM audit WHERE seq = 2', 'entry 2 is missing'],
  ])('shows what %s did', async (sql, message) => {
    await using desk = await openDesk(way)
    for (const title of ['one', 'two', 'three']) await desk.publish(title)
    tamper(desk.dataDir, sql)
    const { code, stdout, stderr } = await desk.chambers('audit', 'verify')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`Broken: ${message}`)
  })

  it('shows by an anchor that its end was cut off', async () => {
    await using desk = await openDesk(way)
    for (const title of ['one', 'two']) await desk.publish(title)
    const [{ head }] = await desk.json('audit', 'verify')
    tamper(desk.dataDir, `DELETE FROM audit WHERE seq = ${head.seq}`)
    expect((await desk.chambers('audit', 'verify')).code).toBe(0)
    const { code, stderr } = await desk.chambers(
      'audit',
      'verify',
      '--anchor',
      `${head.seq}:${head.hash}`,
    )
    expect([code, stderr]).toEqual([
      1,
      `Broken: the log ends at ${head.seq - 1}, before the anchor ${head.seq}: its end was cut off\n`,
    ])
  })
})

describe('chambers audit', () => {
  it.each([
    [['verify', '--anchor', '7'], 'Set --anchor to a head as an earlier run told it, SEQ:HASH: 7'],
    [['list', '--limit', 'all'], 'Set --limit to how many of the newest entries to show: all'],
  ])('is used wrongly with %j', async (args, message) => {
    await using desk = await openDesk('database')
    expect(await desk.chambers('audit', ...args)).toEqual({
      code: 2,
      stdout: '',
      stderr: `${message}\n`,
    })
  })
})
