import { beforeEach, describe, expect, it } from 'vitest'
import type { Bundle } from '../../../../src/policy/section.ts'
import { createRevisionVerifier } from '../../../../src/revisions/signing/verify-revision.ts'
import { createSigner, keySetOf, reworded } from '../../../fakes/revisions.ts'
import { gardenBundle } from '../../policy/garden.ts'
import {
  caller,
  createInstance,
  createRegistry,
  type LiveInstance,
  type Registry,
} from '../live.ts'

const defer = () => {}

let registry: Registry
let builtIn: Bundle
let instance: LiveInstance
let texts: readonly Bundle[]

/** The n-th other text of the policy, counted from 1. */
const text = (number: number): Bundle => {
  const bundle = texts[number - 1]
  if (!bundle) throw new RangeError(`No text ${number}`)
  return bundle
}
const pin = (one: LiveInstance = instance, session: string | null = null, prefix?: string) =>
  one.pin({ digestPrefix: prefix ?? null }, { ...caller, session }, defer)
const servedDigest = async (one: LiveInstance = instance) => (await pin(one))?.bundle.digest
const status = (one: LiveInstance = instance) => one.status()[0]

beforeEach(async () => {
  registry = await createRegistry()
  builtIn = await gardenBundle()
  texts = await Promise.all([1, 2, 3, 4].map((number) => reworded(builtIn, number)))
  instance = createInstance(registry, { builtIn: [builtIn] })
  await instance.open(defer)
})

describe('a live policy', () => {
  it('is the built-in bundle as long as nothing was activated', async () => {
    expect(await pin()).toEqual({ bundle: builtIn, cohort: null, candidate: null })
    expect(status()).toEqual({
      id: 'garden',
      digest: builtIn.digest,
      revision: 0,
      candidate: null,
      state: 'live',
      problem: null,
      ageMs: 0,
    })
  })

  it('is the activated revision after the next look, warmed before and announced after', async () => {
    await registry.activate(text(1), 1)
    expect(await servedDigest()).toBe(builtIn.digest)
    await instance.refresh()
    expect(await pin()).toEqual({
      bundle: { ...text(1), revision: 1 },
      cohort: null,
      candidate: null,
    })
    expect(instance.warmed).toEqual([builtIn.digest, text(1).digest, text(1).digest])
    expect(instance.activated).toEqual([`garden@${builtIn.digest}`, `garden@${text(1).digest}`])
  })

  it.each([
    ['no id', {}, true],
    ['no digest', { id: 'garden', digestPrefix: null }, true],
    ['another digest', { id: 'garden', digestPrefix: 'zzzz' }, false],
    ['another id', { id: 'kitchen' }, false],
  ])('for %s is pinned as told', async (_, reference, found) => {
    const pinned = await instance.pin(reference, caller, defer)
    expect(pinned?.bundle).toBe(found ? builtIn : undefined)
  })

  it('gives the same object to every request while nothing is staged', async () => {
    expect(await pin()).toBe(await pin(instance, 'other'))
  })

  it('is found by the digest of a bundle that has left, on any instance', async () => {
    for (const number of [1, 2, 3]) {
      await registry.activate(text(number), number)
      await instance.refresh()
    }
    const other = createInstance(registry, { builtIn: [builtIn] })
    await other.open(defer)
    for (const one of [instance, other]) {
      expect(await one.find('garden', text(3).digest)).toMatchObject({ revision: 3 })
      expect(await one.find('garden', text(1).digest)).toEqual({ ...text(1), revision: 1 })
      expect(await one.find('garden', builtIn.digest)).toBe(builtIn)
      expect(await one.find('other', text(1).digest)).toBeNull()
      expect(await one.find('garden', text(4).digest)).toBeNull()
    }
  })

  it('that is not built in serves once it is activated, and is unknown before', async () => {
    const { digest: _digest, ...content } = builtIn
    const orchard = await reworded({ ...content, id: 'orchard' }, 1)
    const ask = () => instance.pin({ id: 'orchard' }, caller, defer)
    expect(await ask()).toBeNull()
    await registry.activate(orchard, 1)
    await instance.refresh()
    expect((await ask())?.bundle.digest).toBe(orchard.digest)
    expect(instance.status().map(({ id }) => id)).toEqual(['garden', 'orchard'])
  })

  it('goes back to an old text under a new number', async () => {
    await registry.activate(text(1), 1)
    await registry.activate(text(2), 2)
    await instance.refresh()
    await registry.activate(text(1), 3)
    await instance.refresh()
    expect((await pin())?.bundle).toEqual({ ...text(1), revision: 3 })
    expect(instance.told).toEqual([])
  })
})

describe('a staged revision', () => {
  const stage = async (percent: number, shadow = false) => {
    await registry.change({
      policy: 'garden',
      action: 'stage',
      candidate: 2,
      candidateDigest: text(2).digest,
      percent,
      shadow,
    })
    await instance.refresh()
  }
  const sessions = Array.from({ length: 400 }, (_, index) => `session-${index}`)
  const servedByCandidate = async () => {
    const taken = new Set<string>()
    for (const session of sessions) {
      const pinned = await pin(instance, session)
      if (pinned?.bundle.revision === 2) taken.add(session)
      expect(pinned?.cohort?.served).toBe(taken.has(session) ? 'candidate' : 'active')
    }
    return taken
  }
  beforeEach(async () => {
    await registry.activate(text(1), 1)
    await registry.admit(text(2), 2)
  })

  it('serves as many callers as its percentage says, and never moves one back when it is raised', async () => {
    let before = new Set<string>()
    for (const percent of [0, 10, 50, 90, 100]) {
      await stage(percent)
      const now = await servedByCandidate()
      expect(Math.abs(now.size / sessions.length - percent / 100)).toBeLessThan(0.08)
      expect([...before].filter((session) => !now.has(session))).toEqual([])
      before = now
    }
  })

  it('serves the same callers on every instance and after a restart', async () => {
    await stage(30)
    const other = createInstance(registry, { builtIn: [builtIn] })
    await other.open(defer)
    for (const session of sessions)
      expect(await pin(other, session)).toEqual(await pin(instance, session))
  })

  it('names the cohort of each request, with the caller’s place and the state’s version', async () => {
    await stage(25)
    expect((await pin(instance, 'one'))?.cohort).toEqual({
      candidate: { digest: text(2).digest, revision: 2 },
      percent: 25,
      bucket: expect.any(Number),
      unit: 'session',
      served: expect.stringMatching(/^(?:active|candidate)$/),
      version: 2,
    })
  })

  it('runs beside the active one alone, and only where it is staged so', async () => {
    await stage(50, true)
    for (const session of sessions.slice(0, 50)) {
      const pinned = await pin(instance, session)
      const expected = pinned?.cohort?.served === 'active' ? text(2).digest : undefined
      expect(pinned?.candidate?.digest).toBe(expected)
    }
    await stage(50, false)
    for (const session of sessions.slice(0, 50)) {
      expect((await pin(instance, session))?.candidate).toBeNull()
    }
  })

  it('can be pinned by the beginning of its digest, like the active one, and no other', async () => {
    await stage(0, true)
    const named = async (bundle: Bundle) => pin(instance, null, bundle.digest.slice(0, 12))
    expect(await named(text(1))).toEqual({
      bundle: { ...text(1), revision: 1 },
      cohort: null,
      candidate: null,
    })
    expect(await named(text(2))).toEqual({
      bundle: { ...text(2), revision: 2 },
      cohort: null,
      candidate: null,
    })
    expect(await named(builtIn)).toBeNull()
    expect(await pin(instance, null, text(1).digest.slice(0, 3))).toBeNull()
  })

  it('that is halted leaves no cohort behind', async () => {
    await stage(50)
    await registry.change({
      policy: 'garden',
      action: 'halt',
      candidate: null,
      candidateDigest: null,
      percent: 0,
    })
    await instance.refresh()
    expect((await pin(instance, 'one'))?.cohort).toBeNull()
    expect(status()?.candidate).toBeNull()
  })
})

describe('a revision that cannot be proved', () => {
  const corrupt = (sql: string, ...params: (string | number | Uint8Array)[]) =>
    registry.database.batch([{ sql, params }])
  const activate = async (prepare: () => Promise<void>) => {
    await prepare()
    await registry.change({ policy: 'garden', active: 2, activeDigest: text(2).digest })
  }
  const admit = () => registry.admit(text(2), 2)
  const kinds: readonly (readonly [string, string, () => Promise<void>])[] = [
    ['is not there', 'revision_missing', async () => {}],
    [
      'is signed by somebody else under the same name',
      'signature_invalid',
      async () => registry.admit(text(2), 2, await createSigner('desk')),
    ],
    [
      'is signed by nobody known',
      'signature_invalid',
      async () => registry.admit(text(2), 2, await createSigner('stranger')),
    ],
    [
      'bears the envelope of another number',
      'payload_mismatch',
      async () => {
        await admit()
        await corrupt(
          'UPDATE policy_revisions SET jws = (SELECT jws FROM policy_revisions WHERE number = 1) WHERE number = 2',
        )
      },
    ],
    [
      'has an envelope that nobody can read',
      'revision_malformed',
      async () => {
        await admit()
        await corrupt('UPDATE policy_revisions SET jws = ? WHERE number = 2', '{"payload":')
      },
    ],
    [
      'has lost its content',
      'content_missing',
      async () => {
        await admit()
        await corrupt('DELETE FROM policy_contents WHERE digest = ?', text(2).digest)
      },
    ],
    [
      'has the content of another',
      'digest_mismatch',
      async () => {
        await admit()
        await corrupt(
          'UPDATE policy_contents SET content = (SELECT content FROM policy_contents WHERE digest = ?) WHERE digest = ?',
          text(1).digest,
          text(2).digest,
        )
      },
    ],
    [
      'has a content that nobody can read',
      'content_malformed',
      async () => {
        await admit()
        await corrupt('UPDATE policy_contents SET content = ?', new Uint8Array([1, 2, 3]))
      },
    ],
  ]
  beforeEach(async () => {
    await registry.activate(text(1), 1)
    await instance.refresh()
  })

  it.each(kinds)('because it %s leaves the last good one serving, and says %s', async (...row) => {
    const [, problem, prepare] = row
    await activate(prepare)
    registry.time += 5_000
    await instance.refresh()
    expect(await servedDigest()).toBe(text(1).digest)
    expect(status()).toMatchObject({ state: 'cached', problem, ageMs: 5_000, revision: 1 })
    expect(instance.told).toEqual([`policy garden: ${problem}; the last good one serves`])
  })

  it.each(kinds)(
    'because it %s is refused by an instance that knows no better one',
    async (...row) => {
      const [, problem, prepare] = row
      await activate(prepare)
      const other = createInstance(registry, { builtIn: [builtIn] })
      await other.open(defer)
      expect(() => pin(other)).toThrow('No revision of policy garden can be proved')
      expect(other.status()).toEqual([])
      expect(other.told).toEqual([
        'local copy refused: policy garden: copy_missing',
        `policy garden: ${problem}; requests for it get 503`,
      ])
    },
  )

  it('holds no other policy back', async () => {
    const { digest: _digest, ...content } = builtIn
    const orchard = await reworded({ ...content, id: 'orchard' }, 1)
    await activate(async () => {})
    await registry.activate(orchard, 1)
    await instance.refresh()
    expect((await instance.pin({ id: 'orchard' }, caller, defer))?.bundle.revision).toBe(1)
    expect(instance.status().map(({ state }) => state)).toEqual(['cached', 'live'])
  })

  it('is live by itself once it is mended', async () => {
    await activate(async () => {})
    await instance.refresh()
    await admit()
    registry.time += 2_000
    await instance.refresh()
    expect(await servedDigest()).toBe(text(2).digest)
    expect(status()).toMatchObject({ state: 'live', problem: null, ageMs: 0 })
    expect(instance.told.at(-1)).toBe('policy garden: live again')
  })

  it('waits while the keys of the signers are out of reach', async () => {
    const other = createInstance(registry, {
      builtIn: [builtIn],
      verify: () => Promise.reject(new Error('no network')),
    })
    await other.open(defer)
    expect(other.told.at(-1)).toBe('policy garden: signers_unavailable; requests for it get 503')
  })
})

describe('a number that was committed before', () => {
  beforeEach(async () => {
    for (const number of [1, 2]) await registry.activate(text(number), number)
    await instance.refresh()
  })
  const replayed = { state: 'cached', problem: 'number_replayed', revision: 2 }

  it.each([
    [
      'a later state goes back to it',
      () => registry.change({ policy: 'garden', active: 1, activeDigest: text(1).digest }),
    ],
    [
      'the database was restored to it',
      () =>
        registry.database.batch([
          { sql: 'DELETE FROM policy_states WHERE version = 2', params: [] },
        ]),
    ],
    [
      'the database forgot all',
      () => registry.database.batch([{ sql: 'DELETE FROM policy_states', params: [] }]),
    ],
    [
      'it is staged',
      () =>
        registry.change({
          policy: 'garden',
          candidate: 1,
          candidateDigest: text(1).digest,
          percent: 50,
        }),
    ],
  ])('does not serve again when %s', async (_, replay) => {
    await replay()
    await instance.refresh()
    expect(await servedDigest()).toBe(text(2).digest)
    expect(status()).toMatchObject(replayed)
  })

  it('does not serve under another digest', async () => {
    await registry.change({ policy: 'garden', activeDigest: text(1).digest })
    await instance.refresh()
    expect(await servedDigest()).toBe(text(2).digest)
    expect(status()).toMatchObject({ ...replayed, problem: 'digest_mismatch' })
  })

  it('does not bar the next one', async () => {
    await registry.database.batch([{ sql: 'DELETE FROM policy_states', params: [] }])
    await instance.refresh()
    await registry.activate(text(3), 3)
    await instance.refresh()
    expect(await servedDigest()).toBe(text(3).digest)
    expect(status()?.state).toBe('live')
  })
})

describe('a look that ends late', () => {
  it('does not bring back what a later one has replaced', async () => {
    const answers: (() => void)[] = []
    const slow = createInstance(registry, {
      builtIn: [builtIn],
      store: {
        ...registry.store,
        async states() {
          const states = await registry.store.states()
          await new Promise<void>((resolve) => answers.push(resolve))
          return states
        },
      },
    })
    const opening = slow.open(defer)
    await expect.poll(() => answers.length).toBe(1)
    answers[0]?.()
    await opening
    await registry.activate(text(1), 1)
    const first = slow.refresh()
    await expect.poll(() => answers.length).toBe(2)
    await registry.activate(text(2), 2)
    const second = slow.refresh()
    await expect.poll(() => answers.length).toBe(3)
    answers[2]?.()
    await second
    expect(await servedDigest(slow)).toBe(text(2).digest)
    answers[1]?.()
    await first
    expect(await servedDigest(slow)).toBe(text(2).digest)
    expect(status(slow)).toMatchObject({ state: 'live' })
    expect(slow.told).toEqual([])
  })
})

describe('looks at the same time', () => {
  it('do not let one that fails late say what a later one knows better', async () => {
    const ends: ((ok: boolean) => void)[] = []
    const both = createInstance(registry, {
      builtIn: [builtIn],
      store: {
        ...registry.store,
        async states() {
          const isAnswered = await new Promise<boolean>((resolve) => ends.push(resolve))
          if (!isAnswered) throw new Error('cut')
          return registry.store.states()
        },
      },
    })
    const opening = both.open(defer)
    ends[0]?.(true)
    await opening
    const first = both.refresh()
    const second = both.refresh()
    ends[2]?.(true)
    expect(await second).toBe(true)
    ends[1]?.(false)
    expect(await first).toBe(false)
    expect(status(both)).toMatchObject({ state: 'live' })
  })

  it('do not leave it to the later one to swap what both have seen', async () => {
    await registry.activate(text(1), 1)
    const verify = createRevisionVerifier({ keys: { set: keySetOf(registry.signer) } })
    const waiting: (() => void)[] = []
    const both = createInstance(registry, {
      builtIn: [builtIn],
      verify: async (jws) => {
        await new Promise<void>((resolve) => waiting.push(resolve))
        return verify(jws)
      },
    })
    const opening = both.open(defer)
    await expect.poll(() => waiting.length).toBe(1)
    waiting[0]?.()
    await opening
    await registry.activate(text(2), 2)
    const first = both.refresh()
    const second = both.refresh()
    await expect.poll(() => waiting.length).toBe(3)
    waiting[1]?.()
    await first
    expect(await servedDigest(both)).toBe(text(2).digest)
    waiting[2]?.()
    await second
    expect(await servedDigest(both)).toBe(text(2).digest)
  })
})

describe('a database that is gone while serving', () => {
  it('changes nothing but the status, whose age grows, and heals by itself', async () => {
    await registry.activate(text(1), 1)
    await instance.refresh()
    registry.outage = 'gone'
    registry.time += 60_000
    expect(await instance.refresh()).toBe(false)
    expect(await servedDigest()).toBe(text(1).digest)
    expect(status()).toMatchObject({
      state: 'cached',
      problem: 'database_unavailable',
      ageMs: 60_000,
    })
    await instance.refresh()
    registry.outage = 'none'
    expect(await instance.refresh()).toBe(true)
    expect(status()).toMatchObject({ state: 'live', problem: null, ageMs: 0 })
    expect(instance.told).toEqual([
      'policy (all): database_unavailable; the last good one serves',
      'policy (all): live again',
    ])
  })

  it('without a copy stops a start with its own error', async () => {
    registry.outage = 'gone'
    const other = createInstance(registry, { builtIn: [builtIn] })
    await expect(other.open(defer)).rejects.toMatchObject({ failure: 'unavailable' })
  })
})
