import { describe, expect, it } from 'vitest'
import { openDesk, type Way } from '../desk.ts'

const WAYS: readonly Way[] = ['gateway', 'database']

describe.each(WAYS)('keys, through the %s', (way) => {
  it('are told with all that was settled, when they are made', async () => {
    await using desk = await openDesk(way)
    const [made] = await desk.json('keys', 'create', '--app', 'shop', '--mode', 'enforce')
    expect(made).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{8}$/),
      key: expect.stringMatching(/^chm_/),
      tenant: 'default',
      app: 'shop',
      minimumMode: 'enforce',
      requestsPerMinute: null,
      expires: null,
    })
  })

  it.each([
    [['--tenant', 'a\nb'], '/tenant'],
    [['--app', ''], '/app'],
    [['--policy', 'No Id'], '/policies/0'],
  ])('are not made with %j, and the option is named', async (args, field) => {
    await using desk = await openDesk(way)
    const { code, stdout, stderr } = await desk.chambers('keys', 'create', ...args)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`Change the body as the problems say: ${field}: Send `)
  })

  it('are not made to have ended', async () => {
    await using desk = await openDesk(way)
    const made = await desk.chambers('keys', 'create', '--expires', '1960-01-01')
    expect(made).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'Set --expires to a day that is not over, as 2027-01-31, or 30d: 1960-01-01\n',
    })
  })
})
