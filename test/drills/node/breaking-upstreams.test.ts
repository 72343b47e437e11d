/**
 * Nothing that a model server does to its connections brings a process down: every point at which an exchange can break off, every
 * way to break it, every route and mode, and clients that read, leave or take nothing for a while. The server is asked by no client
 * but the gateway's, so that whatever is thrown and not caught is the gateway's.
 */
import { request } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Mode } from '../../../src/policy/section.ts'
import { BREAKING_POINTS } from '../../fakes/breaking-points.ts'
import { concurrently } from '../../fakes/concurrently.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { createSpeaker } from '../../fakes/speaker.ts'
import {
  type RawEnding,
  type RecordedRequest,
  type Reply,
  startUpstream,
  type Upstream,
} from '../../fakes/upstream.ts'

const ENDINGS: readonly RawEnding[] = ['closes', 'resets', 'stalls']
const MODES: readonly Mode[] = ['enforce', 'shadow', 'off']
const CLIENTS = ['reads', 'reads later', 'leaves at once', 'leaves at the head'] as const
const AT_ONCE = 24
const TURNS_LATER = 200
/** So that a silent server is given up soon; what is asserted is that something came of it, whenever that was. */
const HASTY = {
  DEADLINE_MS: '1500',
  FIRST_TOKEN_MS: '300',
  IDLE_MS: '300',
  JUDGE_TIMEOUT_MS: '600',
}

type Route = { readonly what: string; readonly mode: Mode; readonly path: string }

const ROUTES: readonly Route[] = [
  ...MODES.map((mode) => ({ what: 'drafts', mode, path: 'chat/completions' })),
  { what: 'reviews', mode: 'enforce', path: 'chat/completions' },
  { what: 'embeddings', mode: 'enforce', path: 'embeddings' },
  { what: 'models', mode: 'enforce', path: 'models' },
]

const speaker = createSpeaker()
const gateways = new Map<Mode, TestGateway>()
const uncaught: unknown[] = []
const note = (error: unknown) => void uncaught.push(error)
let upstream: Upstream

beforeAll(async () => {
  process.on('uncaughtExceptionMonitor', note)
  upstream = await startUpstream(answer, {
    early: ({ headers }) => breaking(headers['user-agent'] ?? ''),
  })
  for (const mode of MODES) {
    const bounds = { maxRetries: 1 }
    const environment = HASTY
    gateways.set(
      mode,
      await startTestGateway({ upstream: upstream.url, mode, environment, bounds }),
    )
  }
})
afterAll(async () => {
  process.off('uncaughtExceptionMonitor', note)
  for (const gateway of gateways.values()) await gateway.close()
  await upstream.close()
})

/** What a name asks for: `drafts, in a chunk: resets`. */
function breaking(name: string): Reply | undefined {
  const [, point = '', then] = /, (.*): (\w+)$/.exec(name) ?? []
  const ending = ENDINGS.find((one) => one === then)
  const raw = BREAKING_POINTS[point]
  return raw === undefined || ending === undefined ? undefined : { raw, goes: ending }
}

function answer(asked: RecordedRequest): Reply {
  const { model = '' } = (asked.json ?? {}) as { model?: string }
  const name = model || decodeURIComponent(asked.url.split('/models/')[1] ?? '')
  const reply = breaking(name)
  const isReview = asked.body.includes('\\nClauses: ')
  return reply && name.startsWith('reviews') === isReview ? reply : speaker.script(asked)
}

async function later(task: () => void): Promise<void> {
  for (let turns = 0; turns < TURNS_LATER; turns++) await turn()
  task()
}

type Asked = { readonly name: string; readonly client: string; readonly agent?: string }

/** Asks as a client of this kind, and resolves when nothing more can come of it: the status, or that it broke. */
function ask({ mode, path }: Route, { name, client, agent = 'drill' }: Asked): Promise<string> {
  const gateway = gateways.get(mode)
  if (!gateway) throw new Error(`No gateway runs in ${mode}`)
  const isGet = path === 'models'
  const url = `${gateway.url}/v1/${isGet ? `models/${encodeURIComponent(name)}` : path}`
  const body = JSON.stringify({
    model: name,
    stream: client.length % 2 === 0,
    messages: [{ role: 'user', content: 'Good day' }],
    ...(agent !== 'drill' && { padding: 'x'.repeat(2_000_000) }),
  })
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${gateway.appKey}`,
      'content-type': 'application/json',
      'user-agent': agent,
    }
    const asking = request(url, { method: isGet ? 'GET' : 'POST', headers, agent: false })
    const end = (how: string) => () => {
      resolve(how)
      asking.destroy()
    }
    asking.on('error', end('broken'))
    asking.on('response', (response) => {
      response.on('error', end('broken')).on('end', end(String(response.statusCode)))
      if (client === 'leaves at the head') end('left')()
      else if (client === 'reads later') void later(() => response.resume())
      else response.resume()
    })
    asking.end(isGet ? undefined : body, () => {
      if (client === 'leaves at once') end('left')()
    })
  })
}

/** Connections that were kept open and on which nobody answers have to be met first. */
async function goesOn(route: Route): Promise<void> {
  await expect.poll(() => ask(route, { name: 'good', client: 'reads' })).toBe('200')
  expect(uncaught).toEqual([])
}

describe.each(ROUTES)('$what in $mode', (route) => {
  it.each(Object.keys(BREAKING_POINTS))('go on after servers that break %s', async (point) => {
    const asked = ENDINGS.flatMap((then) =>
      CLIENTS.map((client) => ({ name: `${route.what}, ${point}: ${then}`, client })),
    )
    const ends = await concurrently(asked, AT_ONCE, (one) => ask(route, one))
    expect(ends).toHaveLength(asked.length)
    await goesOn(route)
  })
})

describe.each(ROUTES.filter(({ mode, what }) => mode !== 'enforce' || what === 'embeddings'))(
  'bodies of $what in $mode that nobody reads',
  (route) => {
    it.each(Object.keys(BREAKING_POINTS))('go on after servers that break %s', async (point) => {
      const asked = ENDINGS.flatMap((then) =>
        CLIENTS.map((client) => ({ name: 'unread', client, agent: `drill, ${point}: ${then}` })),
      )
      const ends = await concurrently(asked, AT_ONCE, (one) => ask(route, one))
      expect(ends).toHaveLength(asked.length)
      await goesOn(route)
    })
  },
)
