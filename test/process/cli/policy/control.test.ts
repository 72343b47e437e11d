import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openControl } from '../../../../src/cli/policy/open-control.node.ts'
import { printFailure, renderReach } from '../../../../src/cli/policy/render-state.ts'
import type { PolicyState } from '../../../../src/revisions/registry.ts'
import { chambersIn } from '../../../unit/cli/chambers.ts'
import { openDesk, type Way } from '../desk.ts'

const WAYS: readonly Way[] = ['gateway', 'database']

/** A server that answers everything in one way, and remembers what it was sent. */
async function answering(status: number, headers: Record<string, string>, body: string) {
  const seen: { url: string; authorization: string }[] = []
  const server = createServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization ?? '' })
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

const chambers = chambersIn({ CHAMBERS_TOKEN: 'token' })

describe.each(WAYS)('of two changes at once, through the %s,', (way) => {
  it('the later one is told what the first one was, and does nothing', async () => {
    await using desk = await openDesk(way)
    const number = await desk.publish('one')
    await using control = await openControl({
      url: desk.gateway?.url,
      environment: desk.environment,
    })
    await desk.chambers('policy', 'activate', 'agentic', String(number), '--percent', '5')
    const stale = { policy: 'agentic', revision: number, percent: 100, shadow: null, expected: 0 }
    const changed = await control.activate(stale)
    expect(changed).toMatchObject({
      ok: false,
      failure: { reason: 'stale', current: { version: 1, candidate: number, percent: 5 } },
    })
    expect(await control.states()).toMatchObject([{ active: 0, candidate: number }, {}])
  })
})

describe('somebody who was too late', () => {
  it('reads who was quicker, and what to do', () => {
    const current: PolicyState = {
      policy: 'default',
      version: 4,
      action: 'halt',
      active: 3,
      activeDigest: 'a'.repeat(64),
      candidate: null,
      candidateDigest: null,
      percent: 0,
      shadow: false,
      callers: null,
      move: null,
      changed: Date.UTC(2027, 0, 31),
      changedBy: 'admin:bob',
      reason: 'refusal_rate: 0.31 against 0.08',
      stopped: null,
    }
    let told = ''
    const io = {
      stdout: () => {},
      stderr: (text: string) => (told += text),
      environment: {},
      json: false,
    }
    expect(printFailure({ reason: 'stale', current }, io)).toBe(1)
    expect(told).toBe(
      [
        'Nothing was done: admin:bob changed default at 2027-01-31 00:00:00Z (halt): refusal_rate: 0.31 against 0.08',
        'Now:',
        'default: revision 3 (aaaaaaaaaaaa) serves everyone',
        'Repeat the command if you still want it\n',
      ].join('\n'),
    )
  })

  it.each([
    [{ percent: 5, shadow: false }, 'serves 5 % of callers'],
    [{ percent: 0, shadow: true }, 'runs in shadow, without effect'],
    [{ percent: 5, shadow: true }, 'serves 5 % of callers, runs in shadow beside the rest'],
    [{ percent: 0, shadow: false }, 'is staged, and serves nobody'],
    [
      { percent: 20, shadow: true, callers: { tenants: null, apps: ['chat', 'search'] } },
      'serves 20 % of callers of app chat or search, runs in shadow beside the rest',
    ],
    [
      { percent: 0, shadow: true, callers: { tenants: ['acme'], apps: ['chat'] } },
      'runs in shadow, without effect, for callers of app chat, of tenant acme',
    ],
  ])('reads what %j means', (reach, words) => {
    expect(renderReach({ callers: null, ...reach })).toBe(words)
  })
})

describe('a gateway that', () => {
  it('is not there is one clear line', async () => {
    const { url } = await answering(200, {}, '').then(async (server) => {
      await server[Symbol.asyncDispose]()
      return server
    })
    expect(await chambers('policy', 'list', '--url', url)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Cannot reach ${url} (ECONNREFUSED): does the gateway run there?\n`,
    })
  })

  it('is something else is one clear line', async () => {
    await using page = await answering(200, {}, '<html>')
    const { stderr } = await chambers('policy', 'list', '--url', page.url)
    expect(stderr).toBe(`Name a gateway with --url: ${page.url} answered no JSON\n`)
  })

  it('refuses is told with its own words, made harmless', async () => {
    const body = JSON.stringify({
      code: 'insufficient_scope',
      detail: 'The token\u001B[2J lacks it',
    })
    await using gateway = await answering(403, {}, body)
    const { code, stderr } = await chambers('policy', 'list', '--url', gateway.url)
    expect([code, stderr]).toEqual([
      1,
      `${gateway.url} answered 403 insufficient_scope: The token\uFFFD[2J lacks it\n`,
    ])
  })

  it('is asked too much is asked again when it says', async () => {
    let asked = 0
    const server = createServer((_request, response) => {
      if (++asked < 3) response.writeHead(429, { 'retry-after': '0' }).end('{}')
      else response.writeHead(200).end('{"policies":[]}')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const { code } = await chambers('policy', 'list', '--url', `http://127.0.0.1:${port}`)
    server.close()
    expect([code, asked]).toEqual([0, 3])
  })

  it('answers in another form is of another version', async () => {
    await using gateway = await answering(200, {}, '{"policies":[{"policy":"default"}]}')
    const { code, stderr } = await chambers('policy', 'list', '--url', gateway.url)
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^Use the command line of the gateway's own version: .*policies\.0\./),
    ])
  })

  it('sends the token elsewhere does not get it there', async () => {
    await using other = await answering(200, {}, '{"policies":[]}')
    await using gateway = await answering(307, { location: `${other.url}/admin/v1/policies` }, '')
    const { code } = await chambers('policy', 'list', '--url', gateway.url)
    expect([code, gateway.seen.length, other.seen]).toEqual([1, 1, []])
  })
})

describe('the token of the first start', () => {
  it('is taken by itself on this machine, and sent nowhere else', async () => {
    await using desk = await openDesk('gateway')
    const run = chambersIn({ DATA_DIR: desk.dataDir })
    expect((await run('keys', 'list', '--url', desk.gateway?.url ?? '')).code).toBe(0)
    const settled = chambersIn({ DATA_DIR: desk.dataDir, CHAMBERS_URL: desk.gateway?.url })
    expect((await settled('policy', 'status')).stdout).toContain(' ago ')
    expect(await run('keys', 'list', '--url', 'http://192.0.2.1:8787')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^Give an admin token with --token or CHAMBERS_TOKEN: whoever /,
      ),
    })
  })
})

describe('colours', () => {
  const terminal = { stdout: true, stderr: true, columns: 80 }
  it('are for terminals, and not for those who do not want them', async () => {
    const heading = async (environment: Record<string, string>, more: object) => {
      await using desk = await openDesk('database', more)
      const run = chambersIn({ ...desk.environment, ...environment }, more)
      return (await run('policy', 'status')).stdout.slice(0, 4)
    }
    expect(await heading({}, { terminal })).toBe('\u001B[1m')
    expect(await heading({ NO_COLOR: '1' }, { terminal })).toBe('agen')
    expect(await heading({}, {})).toBe('agen')
  })
})
