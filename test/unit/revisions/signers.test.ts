/** Signers who come and go, and a server of their keys that does: what serves on, and what admits. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Bundle } from '../../../src/policy/section.ts'
import { createRememberedSigners } from '../../../src/revisions/signing/remembered-signers.ts'
import {
  createSigners,
  SignersUnavailable,
} from '../../../src/revisions/signing/verify-revision.ts'
import { type KeyServer, startKeyServer } from '../../fakes/key-server.ts'
import {
  createSigner,
  keySetOf,
  reworded,
  type Signer,
  signedEnvelope,
} from '../../fakes/revisions.ts'
import { memoryCopies } from '../../fakes/storage.ts'
import { gardenBundle } from '../policy/garden.ts'
import {
  caller,
  createInstance,
  createRegistry,
  type LiveInstance,
  type Registry,
  repack,
} from './live.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let registry: Registry
let builtIn: Bundle
let texts: readonly [Bundle, Bundle]
let kept: ReturnType<typeof memoryCopies>
let server: KeyServer
let ann: Signer
let bob: Signer
let background: Promise<unknown>[]

const defer = (work: Promise<unknown>) => void background.push(work)
const settled = async () => {
  await Promise.all(background.splice(0))
}

/** An instance that begins now, with the keys of the server or with those given. */
const start = async (given?: readonly Signer[], copies = kept, audience?: string) => {
  const keys = given ? { set: keySetOf(...given) } : { url: server.url }
  const { verify, fetched } = createSigners(keys, audience)
  const { clock } = registry
  const remembered = given
    ? null
    : createRememberedSigners({ url: server.url, fetched, audience, copies, clock })
  const instance = createInstance(registry, {
    builtIn: [builtIn],
    kept: copies,
    verify,
    remembered,
    onDemand: true,
  })
  await instance.open(defer)
  await settled()
  await instance.refresh()
  return Object.assign(instance, { verify })
}
const served = async (instance: LiveInstance) =>
  (await instance.pin({}, caller, defer))?.bundle.digest
/** Lets time pass, then asks, as a request does. */
const pass = async (instance: LiveInstance, ms: number) => {
  registry.time += ms
  vi.setSystemTime(registry.time)
  await served(instance)
  await settled()
}
const statusOf = (instance: LiveInstance) => {
  const [status] = instance.status()
  return status && { state: status.state, problem: status.problem, ageMs: status.ageMs }
}
const LIVE = { state: 'live', problem: null }
const RETIRED = { state: 'live', problem: 'signer_retired' }
const CACHED = { state: 'cached', problem: 'signers_unavailable' }

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  background = []
  registry = await createRegistry()
  registry.time = Date.now()
  ann = registry.signer
  bob = await createSigner('bob')
  builtIn = await gardenBundle()
  texts = [await reworded(builtIn, 1), await reworded(builtIn, 2)]
  kept = memoryCopies()
  server = await startKeyServer(keySetOf(ann))
  await registry.activate(texts[0], 1)
})
afterEach(async () => {
  vi.useRealTimers()
  await server.stop()
})

describe('a signer who has left', () => {
  it('takes nothing along that serves: it goes on after a restart, and says so', async () => {
    await start([ann])
    const instance = await start([bob])
    expect(await served(instance)).toBe(texts[0].digest)
    expect(statusOf(instance)).toMatchObject(RETIRED)
    expect(instance.told).toEqual([
      'policy garden: signer_retired; it serves because it was proved before: activate one that the signers of today have signed',
    ])
  })

  it('takes nothing along without the database either', async () => {
    await start([ann])
    registry.outage = 'gone'
    const instance = await start([bob])
    expect(await served(instance)).toBe(texts[0].digest)
    expect(statusOf(instance)).toMatchObject({ state: 'cached', problem: 'database_unavailable' })
  })

  it('is refused by an instance that has proved nothing before', async () => {
    await start([ann])
    const fresh = await start([bob], memoryCopies())
    expect(fresh.status()).toEqual([])
    expect(fresh.told.at(-1)).toBe('policy garden: signature_invalid; requests for it get 503')
  })

  it('makes nothing serve that was not proved before, whatever the database holds', async () => {
    await start([ann])
    await registry.admit(texts[1], 2, ann)
    await registry.change({ policy: 'garden', active: 2, activeDigest: texts[1].digest })
    const instance = await start([bob])
    expect(await served(instance)).toBe(texts[0].digest)
  })

  it('does not vouch for another envelope under the same number', async () => {
    await start([ann])
    const forged = await signedEnvelope({
      signers: [await createSigner('desk')],
      bundle: texts[0],
      number: 1,
    })
    await registry.database.batch([
      { sql: 'UPDATE policy_revisions SET jws = ?', params: [JSON.stringify(forged)] },
    ])
    kept.texts.delete('policy-garden')
    const instance = await start([bob])
    expect(instance.status()).toEqual([])
  })

  it('is forgotten with the next revision that is signed by others', async () => {
    await start([ann])
    const instance = await start([bob])
    await registry.admit(texts[1], 2, bob)
    await registry.change({ policy: 'garden', active: 2, activeDigest: texts[1].digest })
    await instance.refresh()
    expect(await served(instance)).toBe(texts[1].digest)
    expect(statusOf(instance)).toMatchObject(LIVE)
  })

  it('is told of within a minute where the keys are fetched, and admits nothing from then on', async () => {
    const instance = await start()
    expect(statusOf(instance)).toMatchObject(LIVE)
    server.keys = keySetOf(bob)
    await pass(instance, MINUTE + 1_000)
    expect(await served(instance)).toBe(texts[0].digest)
    expect(statusOf(instance)).toMatchObject(RETIRED)
    const late = await signedEnvelope({ signers: [ann], bundle: texts[1], number: 2 })
    expect(await instance.verify(late)).toMatchObject({
      ok: false,
      failure: [{ code: 'signer_unknown' }],
    })
  })

  it('serves on after a restart during which the key server is gone, too', async () => {
    const before = await start()
    server.keys = keySetOf(bob)
    await pass(before, MINUTE + 1_000)
    await pass(before, MINUTE + 1_000)
    await server.stop()
    const instance = await start()
    expect(await served(instance)).toBe(texts[0].digest)
    expect(statusOf(instance)).toMatchObject(RETIRED)
  })
})

describe('a deployment that is given a name', () => {
  it('goes on with what it has proved, and says so', async () => {
    await start([ann])
    const instance = await start([ann], kept, 'production')
    expect(await served(instance)).toBe(texts[0].digest)
    expect(statusOf(instance)).toMatchObject(RETIRED)
  })

  it('serves nothing that was stored for another, by whatever way it got there', async () => {
    const instance = await start([ann], memoryCopies(), 'production')
    await expect(served(instance)).rejects.toThrow('No revision of policy garden can be proved')
  })

  it('is asked for by the keys that were fetched last, too', async () => {
    await start(undefined, kept, 'production')
    await server.stop()
    const instance = await start(undefined, kept, 'production')
    await expect(served(instance)).rejects.toThrow('No revision of policy garden can be proved')
  })
})

describe('a start while the key server is gone', () => {
  it.each(['none', 'gone'] as const)(
    'serves what it had, by the keys it fetched last (database: %s), and is live by itself after it',
    async (outage) => {
      await pass(await start(), 1_000)
      await server.stop()
      registry.time += 90_000
      vi.setSystemTime(registry.time)
      registry.outage = outage
      const instance = await start()
      expect(await served(instance)).toBe(texts[0].digest)
      expect(instance.told).toContain(
        'policy garden: signers_unavailable; proved by the keys that were fetched last',
      )
      registry.outage = 'none'
      await pass(instance, 2_000)
      expect(statusOf(instance)).toMatchObject(CACHED)
      expect(statusOf(instance)?.ageMs).toBeGreaterThanOrEqual(90_000)
      await server.start()
      await pass(instance, 6_000)
      expect(statusOf(instance)).toMatchObject(LIVE)
      expect(instance.told.at(-1)).toBe('policy garden: its signers are known again')
    },
  )

  it.each([
    ['within a day', DAY - MINUTE, 2, CACHED],
    ['no longer after a day', DAY + MINUTE, 1, CACHED],
  ])('proves what others have activated meanwhile %s', async (_, ms, number, status) => {
    await pass(await start(), 1_000)
    await registry.activate(texts[1], 2)
    await server.stop()
    registry.time += ms
    vi.setSystemTime(registry.time)
    const instance = await start()
    expect(await served(instance)).toBe(texts[number - 1]?.digest)
    expect(statusOf(instance)).toMatchObject(status)
  })

  it('admits nothing', async () => {
    await pass(await start(), 1_000)
    await server.stop()
    const instance = await start()
    const news = await signedEnvelope({ signers: [ann], bundle: texts[1], number: 2 })
    await expect(instance.verify(news)).rejects.toThrow(SignersUnavailable)
  })

  it('is refused without copies', async () => {
    await server.stop()
    const instance = await start()
    expect(instance.status()).toEqual([])
    expect(instance.told.at(-1)).toBe('policy garden: signers_unavailable; requests for it get 503')
  })

  it('believes no keys that were fetched from another address', async () => {
    await pass(await start(), 1_000)
    await registry.activate(texts[1], 2)
    await server.stop()
    const signers = kept.texts.get('signers') ?? ''
    kept.texts.set('signers', await repack(signers, (one: object) => ({ ...one, url: 'http://x' })))
    expect(await served(await start())).toBe(texts[0].digest)
  })
})

describe('the keys in the copies', () => {
  it('are the public ones alone, even of a server that publishes more', async () => {
    server.keys = { keys: [ann.publicKey, bob.key] }
    await pass(await start(), 1_000)
    expect(kept.texts.get('signers')).toContain('"kid":"bob"')
    expect(JSON.stringify([...kept.texts])).not.toContain('"d":')
  })

  it('are fetched once a minute at most, and an outage while they serve changes nothing', async () => {
    const instance = await start()
    const before = server.asked
    for (let seconds = 0; seconds < 58; seconds += 2) await pass(instance, 2_000)
    expect(server.asked).toBe(before)
    await server.stop()
    await pass(instance, MINUTE)
    expect(statusOf(instance)).toMatchObject(LIVE)
  })
})
