import type { Context } from 'hono'
import { expect, it } from 'vitest'
import { systemRandom } from '../../../src/lib/clock.ts'
import { type GatewayEnvironment, openExchange } from '../../../src/v1/exchange.ts'
import { bundleOf } from '../../contract/fake-gateway.ts'

/** As much of a context as an exchange is opened in. */
function contextOf(): Context<GatewayEnvironment> {
  const context = { get: () => undefined, set() {}, req: { header: () => undefined } }
  return context as unknown as Context<GatewayEnvironment>
}

function idAt(now: number): string {
  const clock = { now: () => now, monotonic: () => 0 }
  const bundle = bundleOf('default', 'off')
  return openExchange(contextOf(), {
    door: 'chat',
    bundle,
    candidate: null,
    cohort: null,
    session: null,
    mode: 'off',
    clock,
    random: systemRandom,
  }).transcriptId
}

it('names transcripts so that their order is that of their times, whatever the random part', () => {
  const times = [0, 1, 1_699_999_999_999, 1_700_000_000_000, 1_700_000_000_001, 9_000_000_000_000]
  const ids = times.map(idAt)
  expect(ids.toSorted()).toEqual(ids)
  for (const id of ids) expect(id).toMatch(/^tr_[0-9a-f]{32}$/)
})

it('gives two transcripts of one moment different ids', () => {
  expect(idAt(1_700_000_000_000)).not.toBe(idAt(1_700_000_000_000))
})
