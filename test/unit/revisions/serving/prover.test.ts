/** What one person's signature may serve, on an instance that believes no database: a stop, in a state that says so. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Bundle } from '../../../../src/policy/section.ts'
import { type Envelope, readPayload } from '../../../../src/revisions/revision.ts'
import { reworded, signedEnvelope } from '../../../fakes/revisions.ts'
import { memoryCopies } from '../../../fakes/storage.ts'
import { gardenBundle } from '../../policy/garden.ts'
import { caller, createInstance, createRegistry, type Registry } from '../live.ts'

let registry: Registry
let builtIn: Bundle
let [one, two] = [{} as Bundle, {} as Bundle]

const nobodyWaits = () => {}

/** Keeps what goes back to the first text under number 3. */
async function keep(more: { readonly stop?: true }): Promise<void> {
  const payload = { note: 'Why', supersedes: two.digest, ...more }
  const signers = [registry.signer]
  const jws: Envelope = await signedEnvelope({ signers, bundle: one, number: 3, payload })
  const record = await registry.store.revision('garden', 1)
  if (!record) throw new Error('Nothing was kept')
  const { digest } = one
  const named = { number: 3, digest, jws, payload: readPayload(jws) }
  const content = await registry.store.content(digest)
  const event = { actor: 'test', action: 'test', policy: null, tenant: null, details: {} }
  await registry.store.admit({ ...record, ...named }, { bundle: content, tests: [] }, event)
}

const start = async (kept = memoryCopies()) => {
  const instance = createInstance(registry, { builtIn: [builtIn], kept })
  await instance.open(nobodyWaits)
  await instance.refresh()
  return instance
}
const served = async (instance: Awaited<ReturnType<typeof start>>) =>
  (await instance.pin({}, caller, nobodyWaits))?.bundle

beforeEach(async () => {
  registry = await createRegistry()
  builtIn = await gardenBundle()
  ;[one, two] = [await reworded(builtIn, 1), await reworded(builtIn, 2)]
  await registry.activate(one, 1)
  await registry.activate(two, 2)
})

const stopped = () => ({
  policy: 'garden',
  action: 'stop' as const,
  active: 3,
  activeDigest: one.digest,
  stopped: 2,
})

describe('a stop', () => {
  it('serves by one signature, on an instance that runs and on one that starts', async () => {
    const running = await start()
    expect((await served(running))?.digest).toBe(two.digest)
    await keep({ stop: true })
    await registry.change(stopped())
    await running.refresh()
    expect(await served(running)).toMatchObject({ digest: one.digest, revision: 3 })
    expect(await served(await start())).toMatchObject({ digest: one.digest, revision: 3 })
  })

  it('serves without the database, from the copies', async () => {
    const kept = memoryCopies()
    await keep({ stop: true })
    await registry.change(stopped())
    await start(kept)
    registry.outage = 'gone'
    expect(await served(await start(kept))).toMatchObject({ digest: one.digest, revision: 3 })
  })

  it('is nothing that a state may call so, where it was signed for something else', async () => {
    const running = await start()
    await keep({})
    await registry.change(stopped())
    await running.refresh()
    expect((await served(running))?.digest).toBe(two.digest)
    expect(running.status()).toMatchObject([{ state: 'cached', problem: 'payload_mismatch' }])
  })

  it('is never staged', async () => {
    const running = await start()
    await keep({ stop: true })
    const candidate = { candidate: 3, candidateDigest: one.digest, percent: 50 }
    await registry.change({ policy: 'garden', action: 'stage', ...candidate })
    await running.refresh()
    expect(running.status()).toMatchObject([{ state: 'cached', problem: 'payload_mismatch' }])
  })
})
