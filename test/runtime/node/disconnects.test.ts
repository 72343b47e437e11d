import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/lib/json.ts'
import type { Mode } from '../../../src/policy/section.ts'
import type { DoorName } from '../../../src/wire/door.ts'
import { DOOR_REQUESTS } from '../../fakes/door-requests.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { type Hanging, leaveAt, POINTS, type Point, startHanging } from '../disconnects.ts'

/** Nothing but its client ends a call: every other bound is beyond the end of the test. */
const HOUR_MS = 3_600_000

const DOOR_NAMES = Object.keys(DOOR_REQUESTS) as readonly DoorName[]

const STALLS = ['before-headers', 'after-headers'] as const

let hanging: Hanging
const gateways = new Map<Mode, TestGateway>()

beforeAll(async () => {
  hanging = await startHanging()
  for (const mode of ['enforce', 'off', 'shadow'] as const) {
    gateways.set(mode, await startPatient(mode))
  }
})
afterAll(async () => {
  for (const gateway of gateways.values()) await gateway.close()
  await hanging.upstream.close()
})

function startPatient(mode: Mode): Promise<TestGateway> {
  return startTestGateway({
    upstream: hanging.upstream.url,
    mode,
    environment: { DEADLINE_MS: String(HOUR_MS), JUDGE_TIMEOUT_MS: String(HOUR_MS) },
  })
}

function gatewayIn(mode: Mode): TestGateway {
  const gateway = gateways.get(mode)
  if (!gateway) throw new Error(`No gateway runs in ${mode}`)
  return gateway
}

/** Asks by a door and reads to the end, so that leaving is what ends it. */
function asking(mode: Mode, door: DoorName, extra: JsonObject = {}) {
  const { route, say } = DOOR_REQUESTS[door]
  return async (body: JsonObject, signal: AbortSignal) =>
    (await gatewayIn(mode).post(route, say({ ...body, ...extra }), {}, signal)).text()
}

const rows = DOOR_NAMES.flatMap((door) =>
  POINTS.filter(({ doors = DOOR_NAMES }) => doors.includes(door)).flatMap((point) =>
    STALLS.flatMap((stall) => [false, true].map((stream) => ({ ...point, door, stall, stream }))),
  ),
)

describe('a client that leaves', () => {
  it.each(rows)(
    'ends $at by $door, $stall, stream $stream',
    async ({ door, stall, stream, ...point }) => {
      const ask = asking('enforce', door, { stream })
      expect(await leaveAt(point, { ...hanging, stall, ask })).toBe(point.open)
    },
  )

  const RELAYED: Point = { at: 'the relay', hangs: () => true, open: 1 }

  const relays = (['off', 'shadow'] as const).flatMap((mode) =>
    DOOR_NAMES.flatMap((door) => STALLS.map((stall) => ({ mode, door, stall }))),
  )

  it.each(relays)('ends the relay in $mode by $door, $stall', async ({ mode, door, stall }) => {
    const told = await leaveAt(RELAYED, { ...hanging, stall, ask: asking(mode, door) })
    expect(told).toBe(1)
  })

  it.each(STALLS)('ends the relay of embeddings, %s', async (stall) => {
    const { url, appKey } = gatewayIn('enforce')
    const told = await leaveAt(RELAYED, {
      ...hanging,
      stall,
      ask: async (body, signal) => {
        const response = await fetch(`${url}/v1/embeddings`, {
          method: 'POST',
          headers: { authorization: `Bearer ${appKey}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
          signal,
        })
        return response.text()
      },
    })
    expect(told).toBe(1)
  })

  it('leaves a record of what was asked, and that nothing was given', async () => {
    const head = Promise.withResolvers<Response>()
    const [draft] = POINTS
    if (!draft) throw new Error('no point')
    await leaveAt(draft, {
      ...hanging,
      stall: 'after-headers',
      until: head.promise,
      ask: async (body, signal) => {
        const response = await gatewayIn('enforce').ask({ ...body, stream: true }, { signal })
        head.resolve(response)
        return response.text()
      },
    })
    const answered = await head.promise
    await expect
      .poll(() => gatewayIn('enforce').transcript(answered))
      .toMatchObject({ outcome: { kind: 'failed', reason: 'aborted' }, final: null })
  })

  it('asks nothing more of the model server, whatever was still to be done', async () => {
    const gateway = await startTestGateway({ upstream: hanging.upstream.url })
    for (const point of POINTS) {
      const ask = async (body: object, signal: AbortSignal) =>
        (await gateway.ask(body, { signal })).text()
      await leaveAt(point, { ...hanging, stall: 'before-headers', ask })
    }
    const asked = hanging.upstream.requests.length
    await gateway.close()
    expect(hanging.upstream.requests).toHaveLength(asked)
  })
})
