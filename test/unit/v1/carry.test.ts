import { describe, expect, it } from 'vitest'
import type { ProviderState } from '../../../src/conversation/carried.ts'
import type { Released } from '../../../src/conversation/outcome.ts'
import type { Turn } from '../../../src/conversation/turn.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { sha256Hex } from '../../../src/lib/digest.ts'
import { Opaque, reveal } from '../../../src/lib/opaque.ts'
import { createCarriedTokens } from '../../../src/state/carried-tokens.ts'
import { createStateSeal, type StateKey } from '../../../src/state/seal.ts'
import { createStateStore } from '../../../src/state/store.ts'
import { createTurnStates } from '../../../src/state/turn-states.ts'
import { importSubjectKey } from '../../../src/transcript/store/subject.ts'
import { type CarryingExchange, createCarry } from '../../../src/v1/carry.ts'
import type { Asked } from '../../../src/wire/door.ts'

const NOW = 1_790_000_000_000
const DAY_MS = 86_400_000
const SECRET = 'a thought nobody may read'
const KEY: StateKey = { kid: 'a', k: 'b25lLW9uZS1vbmUtb25lLW9uZS1vbmUtb25lLW9uZS0' }
const STATE: ProviderState = { fields: { reasoning_content: SECRET }, calls: {}, items: [] }

const exchange = (tenant = 'acme', digest = 'd1', time = NOW) =>
  ({
    door: 'chat',
    principal: { tenant, subject: null },
    time,
    bundle: { digest },
  }) as CarryingExchange

const user: Turn = { role: 'user', content: 'Hello?' }
const said: Turn = { role: 'assistant', content: 'Good day.' }

function asking(
  turns: readonly Turn[],
  changes: { body?: object; carries?: boolean; model?: string } = {},
) {
  const { body = {}, carries = false, model = 'm' } = changes
  return { body, carriesReasoning: carries, inquiry: { model, turns } } as unknown as Asked
}

const released = (state: ProviderState | null = STATE) =>
  ({
    choices: [
      {
        answer: {
          parts: [{ kind: 'text', text: 'Good day.' }],
          finishReason: 'stop',
          logprobs: null,
        },
        ...(state && { carried: new Opaque(state) }),
      },
    ],
  }) as unknown as Released

async function open({ timeoutMs = 5_000, turnMs = DAY_MS } = {}) {
  const database = openSqlite({ path: ':memory:' })
  await migrate(database)
  const seal = await createStateSeal([KEY])
  let now = NOW
  const clock = { now: () => now }
  const store = createStateStore({ database, seal, clock })
  const times = { turnMs, responseMs: 30 * DAY_MS }
  const fates: string[] = []
  const carry = createCarry({
    turns: createTurnStates({ store, secret: 's', sha256: sha256Hex, times }),
    tokens: createCarriedTokens(seal),
    times,
    subjectKey: await importSubjectKey('k'),
    upstream: 'model.example',
    clock,
    metrics: { state: (fate) => fates.push(fate) },
    timeoutMs,
  })
  const pass = (ms: number) => {
    now += ms
  }
  return { carry, database, fates, pass }
}

const stateOf = ({ asked }: { asked: Asked }) =>
  asked.inquiry.turns.map(({ carried }) => (carried ? reveal(carried) : null))

const next = [user, said, { role: 'user', content: 'And now?' }] as const

describe('what is kept', () => {
  it('comes back on the turn that it came with', async () => {
    const { carry, fates } = await open()
    await carry.keep(exchange(), asking([user]), released())
    expect(stateOf(await carry.recall(exchange(), asking(next)))).toEqual([null, STATE, null])
    expect(fates).toEqual(['kept', 'recalled'])
  })

  it.each([
    ['another tenant', exchange('other'), asking(next)],
    ['another person', exchange(), asking(next, { body: { user: 'ann' } })],
    ['another model', exchange(), asking(next, { model: 'other' })],
    ['other words before it', exchange(), asking([{ ...user, content: 'Hi' }, said, user])],
    ['another answer', exchange(), asking([user, { ...said, content: 'Good night.' }, user])],
  ])('is nothing to %s', async (_, asker, asked) => {
    const { carry } = await open()
    await carry.keep(exchange(), asking([user]), released())
    expect(stateOf(await carry.recall(asker, asked))).toEqual([null, null, null])
  })

  it('is gone after its time', async () => {
    const { carry, pass } = await open()
    await carry.keep(exchange(), asking([user]), released())
    pass(DAY_MS)
    expect(stateOf(await carry.recall(exchange(), asking(next)))).toEqual([null, null, null])
  })

  it.each([
    ['store: false', { body: { store: false } }, DAY_MS, STATE],
    ['a time of 0', {}, 0, STATE],
    ['a provider that wants nothing back', {}, DAY_MS, null],
    ['more than may be kept', {}, DAY_MS, { ...STATE, fields: { a: 'x'.repeat(600_000) } }],
  ])('is nothing with %s', async (_, changes, turnMs, state) => {
    const { carry, database } = await open({ turnMs })
    await carry.keep(exchange(), asking([user], changes), released(state))
    expect(await database.all('SELECT key FROM conversation_state')).toEqual([])
  })

  it('is lost with the database, and counted; the request goes on', async () => {
    const { carry, database, fates } = await open()
    await database.close()
    await carry.keep(exchange(), asking([user]), released())
    expect(stateOf(await carry.recall(exchange(), asking(next)))).toEqual([null, null, null])
    expect(fates).toEqual(['unkept', 'unread'])
  })

  it('is not looked for where nobody has answered yet', async () => {
    const { carry, database, fates } = await open()
    await database.close()
    const asked = asking([user])
    expect(await carry.recall(exchange(), asked)).toEqual({ asked, stale: [] })
    expect(fates).toEqual([])
  })
})

describe('what a client carries', () => {
  const PARAM = 'input[1].encrypted_content'
  const sealedBy = async ({ carry }: Awaited<ReturnType<typeof open>>) => {
    const sealed = await carry.seal(exchange(), asking([user], { carries: true }), released())
    return sealed?.[0] ?? ''
  }
  const carrying = (token: string) => [user, { ...said, sealed: [{ token, param: PARAM }] }, user]

  it('is given where it is asked for alone, and shows nothing', async () => {
    const scene = await open()
    expect(await scene.carry.seal(exchange(), asking([user]), released())).toBeUndefined()
    const token = await sealedBy(scene)
    expect(token.split('.')).toHaveLength(5)
    expect(token).not.toContain(btoa(SECRET).slice(0, 12))
  })

  it('opens in the next turn, without a database', async () => {
    const scene = await open()
    const token = await sealedBy(scene)
    await scene.database.close()
    const recalled = await scene.carry.recall(exchange(), asking(carrying(token)))
    expect(stateOf(recalled)).toEqual([null, STATE, null])
    expect(recalled.asked.inquiry.turns.some(({ sealed }) => sealed)).toBe(false)
    expect(recalled.stale).toEqual([])
  })

  it.each([
    ['forged', exchange(), () => 'eyJhbGciOiJkaXIifQ..a.b.c'],
    ['altered', exchange(), (token: string) => `${token.slice(0, -4)}AAAA`],
    ['of another tenant', exchange('other'), (token: string) => token],
  ])('is refused by its path: %s', async (_, asker, alter) => {
    const scene = await open()
    const token = alter(await sealedBy(scene))
    await expect(scene.carry.recall(asker, asking(carrying(token)))).rejects.toMatchObject({
      code: 'invalid_request',
      param: PARAM,
      message: `Leave ${PARAM} out: this gateway has not sealed it, or not for this key's tenant`,
    })
  })

  it('is left out and noted after its time, or where another model is asked', async () => {
    const scene = await open()
    const token = await sealedBy(scene)
    const other = await scene.carry.recall(exchange(), asking(carrying(token), { model: 'other' }))
    expect([stateOf(other)[1], other.stale]).toEqual([null, [{ param: PARAM, why: 'other_model' }]])
    scene.pass(30 * DAY_MS)
    const late = await scene.carry.recall(exchange(), asking(carrying(token)))
    expect([stateOf(late)[1], late.stale]).toEqual([null, [{ param: PARAM, why: 'expired' }]])
  })

  it('goes on across another policy, and that is noted', async () => {
    const scene = await open()
    const token = await sealedBy(scene)
    const recalled = await scene.carry.recall(exchange('acme', 'd2'), asking(carrying(token)))
    expect([stateOf(recalled)[1], recalled.stale]).toEqual([
      STATE,
      [{ param: PARAM, why: 'policy_changed' }],
    ])
  })
})
