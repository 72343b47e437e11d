import { describe, expect, it } from 'vitest'
import { openDesk, type Way } from '../desk.ts'

const WAYS: readonly Way[] = ['gateway', 'database']

describe.each(WAYS)('a move through the %s', (way) => {
  it('goes on in steps, is told of everywhere, and ends', async () => {
    await using desk = await openDesk(way)
    const began = await desk.chambers('policy', 'move', 'default', 'agentic', '--percent', '5')
    expect([began.code, began.stdout]).toEqual([
      0,
      expect.stringContaining('policy agentic serves 5 % of callers'),
    ])
    expect(began.stderr).toContain('Whoever is moved keeps at least the mode')
    expect(began.stderr).toContain('policy move default agentic --percent 100')

    const whole = await desk.json('policy', 'move', 'default', 'agentic', '--percent', '100')
    expect(whole).toMatchObject([
      { ok: true, action: 'move', move: { to: 'agentic', percent: 100 } },
    ])
    const listed = await desk.chambers('policy', 'list')
    expect(listed.stdout).toContain('to agentic 100 %')
    const status = await desk.chambers('policy', 'status')
    expect(status.stdout).toContain('moved     policy agentic serves 100 % of callers')
    const audit = await desk.chambers('audit', 'list', '--policy', 'default')
    expect(audit.stdout).toContain('policy.move default: callers moved to agentic, 5 %')

    const halted = await desk.json('policy', 'halt', 'default')
    expect(halted).toMatchObject([{ ok: true, action: 'halt', move: null }])
    const after = await desk.chambers('audit', 'list', '--policy', 'default')
    expect(after.stdout).toContain('policy.halt default: callers no longer moved to agentic')
  })

  it('is for the callers that it names, and its next steps are, too', async () => {
    await using desk = await openDesk(way)
    const callers = ['--tenant', 'acme', '--app', 'chat', '--app', 'search']
    const asked = ['policy', 'move', 'default', 'agentic', '--percent', '20', ...callers]
    const { stdout, stderr } = await desk.chambers(...asked)
    expect(stdout).toContain('serves 20 % of callers of app chat or search, of tenant acme')
    expect(stderr).toContain(`policy move default agentic ${callers.join(' ')} --percent 100`)
  })

  it.each([
    [
      ['default', 'agentic'],
      2,
      'Say how many callers get agentic, with --percent 5, or add --shadow',
    ],
    [['default', 'default', '--percent', '5'], 1, 'Name another policy to move to'],
    [['default', 'acme', '--percent', '5'], 1, 'Name a policy that is there'],
  ])('of %j is refused with what to do', async (args, code, words) => {
    await using desk = await openDesk(way)
    const ran = await desk.chambers('policy', 'move', ...args)
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(words)])
  })
})

describe.each(WAYS)('an activation through the %s for one app', (way) => {
  it('stays staged at 100 %, and says how everyone gets it', async () => {
    await using desk = await openDesk(way)
    const number = String(await desk.publish('one'))
    const asked = ['policy', 'activate', 'agentic', number, '--percent', '100', '--app', 'chat']
    const { stdout, stderr } = await desk.chambers(...asked)
    expect(stdout).toContain('serves 100 % of callers of app chat')
    expect(stdout).toContain('serves everyone else')
    expect(stderr).toContain('It stays staged, and is not committed: it serves these callers only')
    expect(stderr).toContain(`policy activate agentic ${number} --percent 100`)
    expect(await desk.json('policy', 'list')).toMatchObject([
      { policy: 'agentic', active: 0, callers: { tenants: null, apps: ['chat'] } },
      { policy: 'default', callers: null },
    ])
  })
})

describe('a policy in another mode than enforce', () => {
  it('is told of when it begins to serve, and one in enforce is not', async () => {
    await using desk = await openDesk('database')
    const shop = desk.file('shop')
    await desk.chambers('policy', 'new', 'shop', '--title', 'Shop', '--out', shop)
    const out = desk.file('shop.json')
    await desk.chambers('policy', 'sign', shop, '--key', desk.key('ann'), '--out', out)
    await desk.chambers('policy', 'push', out)
    const begun = await desk.chambers('policy', 'activate', 'shop', '1', '--percent', '100')
    expect(begun.stderr).toContain('Its mode is shadow: it changes no answer, ')
    const number = await desk.publish('Enforced')
    const other = await desk.chambers('policy', 'activate', 'agentic', `${number}`, '--shadow')
    expect([other.code, other.stderr]).toEqual([0, expect.not.stringContaining('Its mode is')])
  })
})
