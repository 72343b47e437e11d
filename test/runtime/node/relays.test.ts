/** How long relays and calls may take: silence ends them, and a total ends no relay. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Mode } from '../../../src/policy/section.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { behave, createSpeaker } from '../../fakes/speaker.ts'
import { type Reply, startUpstream } from '../../fakes/upstream.ts'

const HOUR_MS = '3600000'
const PATIENT = { DEADLINE_MS: HOUR_MS, FIRST_TOKEN_MS: HOUR_MS, IDLE_MS: HOUR_MS }
const MESSAGES = [{ role: 'user', content: 'Good day' }]

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** The default policy in one mode, beside `agentic` in `enforce`. */
async function start(
  mode: Mode,
  environment: Readonly<Record<string, string>>,
  first: () => Promise<Reply> | undefined = () => undefined,
) {
  const speaker = createSpeaker()
  const upstream = await startUpstream(
    (request, index) => (index === 0 && first()) || speaker.script(request),
  )
  closers.push(() => upstream.close())
  const gateway = await startTestGateway({
    upstream: upstream.url,
    environment,
    policies: ({ bundles, protocol }) => ({
      protocol,
      bundles: bundles.map((bundle) => ({
        ...bundle,
        mode: bundle.id === 'agentic' ? 'enforce' : mode,
      })),
    }),
  })
  closers.push(() => gateway.close())
  return { speaker, gateway }
}

const codeOf = async (response: Response) => {
  const text = await response.text()
  const [, code] = /"code":"(\w+)"/.exec(text) ?? []
  return `${response.status} ${code}`
}

/** A deliberation that begins now and is ended by the deadline: what began before has had longer. */
async function passDeadline(gateway: TestGateway): Promise<string> {
  const headers = { 'x-chambers-policy': 'agentic' }
  return codeOf(await gateway.ask({ model: 'silent', messages: MESSAGES }, { headers }))
}

describe.each<Mode>(['off', 'shadow'])('a relay in %s', (mode) => {
  it.each([
    ['after its headers', true],
    ['before its headers', false],
  ])('goes on beyond the deadline, %s', async (_, begins) => {
    const held = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const pieces = async function* () {
      yield 'first '
      await held.promise
      yield 'last'
    }
    const { speaker, gateway } = await start(mode, { DEADLINE_MS: '300' }, async () => {
      asked.resolve()
      if (!begins) await held.promise
      return { pieces: pieces() }
    })
    speaker.on('silent', () => ({ stall: 'before-headers' }))
    // What a shadow asks behind the answer is of no account here.
    speaker.on('slow', () => ({ hangUp: true }))
    const relayed = gateway.ask({ model: 'slow', messages: MESSAGES })
    await asked.promise
    if (begins) await relayed
    expect(await passDeadline(gateway)).toBe('504 deadline_exceeded')
    held.resolve()
    expect(await (await relayed).text()).toBe('first last')
  })

  it('is told of silence before the headers', async () => {
    const { speaker, gateway } = await start(mode, { ...PATIENT, FIRST_TOKEN_MS: '200' })
    speaker.on('silent', () => ({ stall: 'before-headers' }))
    const response = await gateway.ask({ model: 'silent', messages: MESSAGES })
    expect(await codeOf(response)).toBe('504 upstream_timeout')
  })

  it.each([
    ['before the first piece', 'FIRST_TOKEN_MS', { stall: 'after-headers' }],
    ['between two pieces', 'IDLE_MS', { pieces: ['first'], ending: 'stall' }],
  ] as const)('breaks off for silence %s', async (_, name, reply) => {
    const { speaker, gateway } = await start(mode, { ...PATIENT, [name]: '200' })
    speaker.on('silent', () => reply)
    const response = await gateway.ask({ model: 'silent', messages: MESSAGES })
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
  })
})

describe('a draft', () => {
  it.each([true, false])('is ended by silence, stream %s', async (stream) => {
    const { speaker, gateway } = await start('enforce', { ...PATIENT, FIRST_TOKEN_MS: '200' })
    speaker.on('silent', () => ({ stall: 'before-headers' }))
    const response = await gateway.ask({ model: 'silent', messages: MESSAGES, stream })
    expect(await codeOf(response)).toBe('504 upstream_timeout')
  })
})

describe('a review', () => {
  it('is ended by JUDGE_TIMEOUT_MS, whatever the policy says', async () => {
    const { speaker, gateway } = await start('enforce', { ...PATIENT, JUDGE_TIMEOUT_MS: '200' })
    speaker.on('silent', (asked) =>
      asked.kind === 'answer' || asked.kind === 'reasoning'
        ? { stall: 'before-headers' }
        : behave(asked),
    )
    const response = await gateway.ask({ model: 'silent', messages: MESSAGES })
    expect(await codeOf(response)).toBe('503 judge_unavailable')
  })
})
