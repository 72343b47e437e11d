import { beforeEach, describe, expect, it } from 'vitest'
import type { Bundle } from '../../../src/policy/section.ts'
import type { PolicyState } from '../../../src/revisions/registry.ts'
import { createSigner, reworded, signedEnvelope } from '../../fakes/revisions.ts'
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

const defer = () => {}
const POLICY = 'policy-garden'

let registry: Registry
let builtIn: Bundle
let texts: readonly [Bundle, Bundle]
let kept: ReturnType<typeof memoryCopies>

const create = (kept_ = kept) => createInstance(registry, { builtIn: [builtIn], kept: kept_ })
/** An instance that has seen everything so far and is gone again. */
const run = async () => {
  const instance = create()
  await instance.open(defer)
  await instance.refresh()
  return instance
}
const startWithoutDatabase = async () => {
  registry.outage = 'gone'
  const instance = create()
  await instance.open(defer)
  return instance
}
const served = async (instance: LiveInstance) =>
  (await instance.pin({}, caller, defer))?.bundle.digest

beforeEach(async () => {
  registry = await createRegistry()
  builtIn = await gardenBundle()
  texts = [await reworded(builtIn, 1), await reworded(builtIn, 2)]
  kept = memoryCopies()
  await registry.activate(texts[0], 1)
})

describe('a start without the database', () => {
  it('serves what served before, staged revision and all, as cached and of its age', async () => {
    await registry.admit(texts[1], 2)
    await registry.change({
      policy: 'garden',
      action: 'stage',
      candidate: 2,
      candidateDigest: texts[1].digest,
      percent: 40,
    })
    await run()
    registry.time += 90_000
    const instance = await startWithoutDatabase()
    expect(instance.status()).toEqual([
      {
        id: 'garden',
        digest: texts[0].digest,
        revision: 1,
        candidate: { digest: texts[1].digest, revision: 2, percent: 40, shadow: false },
        state: 'cached',
        problem: 'database_unavailable',
        ageMs: 90_000,
      },
    ])
    expect(instance.told).toEqual([
      'the database is out of reach: serving from the local copy, last confirmed 90 s ago',
    ])
  })

  it('serves what is built in where nothing was ever activated', async () => {
    registry = await createRegistry()
    await run()
    expect(await served(await startWithoutDatabase())).toBe(builtIn.digest)
  })

  it('is live by itself once the database is back, with what was activated meanwhile', async () => {
    await run()
    const instance = await startWithoutDatabase()
    await registry.activate(texts[1], 2)
    registry.outage = 'none'
    await instance.refresh()
    expect(await served(instance)).toBe(texts[1].digest)
    expect(instance.status()).toMatchObject([{ state: 'live', problem: null, ageMs: 0 }])
  })

  it('does not serve what was committed after an older copy was kept', async () => {
    await run()
    const older = kept.texts.get(POLICY) ?? ''
    await registry.activate(texts[1], 2)
    await run()
    kept.texts.set(POLICY, older)
    await expect(startWithoutDatabase()).rejects.toMatchObject({ failure: 'unavailable' })
  })
})

/** Programs before callers, moves and stops take no state with a member that they do not know. */
const KNOWN_AT_FIRST =
  'action active activeDigest candidate candidateDigest changed changedBy percent policy reason shadow version'.split(
    ' ',
  )

describe('a copy', () => {
  it('of what has no callers, no move and no stop is read by programs before these', async () => {
    await run()
    const { state } = JSON.parse(kept.texts.get(POLICY)?.split('\n')[1] ?? '')
    expect(Object.keys(state).sort()).toEqual(KNOWN_AT_FIRST)
  })

  const other = async () => ({
    envelope: await signedEnvelope({
      signers: [await createSigner('desk')],
      bundle: texts[0],
      number: 1,
    }),
  })
  type Kept = {
    readonly state: PolicyState
    readonly revisions: readonly { readonly content: { readonly title: string } }[]
  }
  const revisions = (change: (revision: Kept['revisions'][number]) => object) => (value: Kept) => ({
    ...value,
    revisions: value.revisions.map((revision) => ({ ...revision, ...change(revision) })),
  })

  it.each<[string, string, (text: string) => Promise<string> | string]>([
    ['half-written', 'copy_unreadable', (text) => text.slice(0, text.length / 2)],
    ['empty', 'copy_unreadable', () => ''],
    ['with a byte altered', 'copy_unreadable', (text) => text.replace('text 1', 'text 7')],
    [
      'of another policy',
      'copy_unreadable',
      (text) =>
        repack(text, (value: Kept) => ({ ...value, state: { ...value.state, policy: 'other' } })),
    ],
    [
      'with an altered rule',
      'digest_mismatch',
      (text) =>
        repack(
          text,
          revisions(({ content }) => ({ content: { ...content, title: 'Anything goes' } })),
        ),
    ],
    [
      'signed by a stranger',
      'signature_invalid',
      async (text) => {
        const forged = await other()
        return repack(
          text,
          revisions(() => forged),
        )
      },
    ],
    [
      'that names another number',
      'revision_missing',
      (text) => repack(text, (value: Kept) => ({ ...value, state: { ...value.state, active: 9 } })),
    ],
    [
      'that goes back behind what was committed',
      'number_replayed',
      (text) => repack(text, (value: Kept) => ({ ...value, state: { ...value.state, active: 0 } })),
    ],
  ])('%s never serves: %s', async (_, problem, tamper) => {
    await run()
    kept.texts.set(POLICY, await tamper(kept.texts.get(POLICY) ?? ''))
    registry.outage = 'gone'
    const instance = create()
    await expect(instance.open(defer)).rejects.toMatchObject({ failure: 'unavailable' })
    expect(instance.told).toContain(`local copy refused: policy garden: ${problem}`)
    expect(instance.status()).toEqual([])
  })

  it('without its index is none', async () => {
    await run()
    kept.texts.set('policies', 'torn')
    registry.outage = 'gone'
    const instance = create()
    await expect(instance.open(defer)).rejects.toThrow('gone')
    expect(instance.told).toContain('local copy refused: the index of the copies: copy_unreadable')
  })

  it('serves in place of a revision that the database has damaged', async () => {
    await run()
    await registry.database.batch([{ sql: 'DELETE FROM policy_contents', params: [] }])
    const instance = await run()
    expect(await served(instance)).toBe(texts[0].digest)
    expect(instance.told).toEqual([])
    const stranger = createInstance(registry, { builtIn: [builtIn] })
    await stranger.open(defer)
    expect(stranger.status()).toEqual([])
  })

  it('keeps numbers from being replayed by a database, even across a restart', async () => {
    await registry.activate(texts[1], 2)
    await run()
    const [state] = await registry.store.history('garden', { before: null, limit: 2 })
    await registry.database.batch([
      { sql: 'DELETE FROM policy_states WHERE version = ?', params: [state?.version ?? 0] },
    ])
    const instance = await run()
    expect(await served(instance)).toBe(texts[1].digest)
    expect(instance.status()).toMatchObject([{ state: 'cached', problem: 'number_replayed' }])
  })

  it('of a newer state is left alone by an instance that is behind', async () => {
    const behind = await run()
    await registry.activate(texts[1], 2)
    await run()
    const newer = kept.texts.get(POLICY)
    await behind.refresh()
    expect(kept.texts.get(POLICY)).toBe(newer)
  })

  it('holds no key and no policy file, and is rewritten only when something changes', async () => {
    const instance = await run()
    const before = kept.texts.get('policies')
    registry.time += 5_000
    await instance.refresh()
    expect(kept.texts.get('policies')).toBe(before)
    expect([...kept.texts.keys()].sort()).toEqual(['policies', POLICY, 'proofs'])
    expect(JSON.stringify([...kept.texts])).not.toContain('"d":')
  })

  it('that cannot be written is told of once, changes nothing, and is written later', async () => {
    const instance = await run()
    kept.broken = true
    await registry.activate(texts[1], 2)
    await instance.refresh()
    await instance.refresh()
    expect(await served(instance)).toBe(texts[1].digest)
    expect(instance.told).toEqual([
      'local copy not written: a start without the database would serve what was kept before',
    ])
    kept.broken = false
    await instance.refresh()
    expect(await served(await startWithoutDatabase())).toBe(texts[1].digest)
  })
})
