/** What instances tell each other through a database, as one suite over any of them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, DatabaseError } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import type { PolicyStatus } from '../../../src/policy/repository.ts'
import type { Bundle, GuardSettings } from '../../../src/policy/section.ts'
import type { PolicyState } from '../../../src/revisions/registry.ts'
import {
  type CandidateReview,
  createCandidateReviews,
} from '../../../src/revisions/watching/candidate-reviews.ts'
import { createHeartbeat } from '../../../src/revisions/watching/heartbeat.ts'
import { createInstanceStore, FORGET_MS } from '../../../src/revisions/watching/instances.ts'
import { createObservations } from '../../../src/revisions/watching/observations.ts'
import { createReadStatus } from '../../../src/revisions/watching/read-status.ts'
import { createWatchRollouts } from '../../../src/revisions/watching/watch-rollouts.ts'
import { sampleDeliberation } from '../../fakes/deliberation.ts'
import { STAGED } from '../../fakes/policy-state.ts'

const GUARD: GuardSettings = {
  minRequests: 10,
  refusalRate: 0.2,
  judgeFailureRate: 0.2,
  latencyRatio: 2,
  disagreement: 0.2,
}
const ACTIVE: Bundle = {
  ...sampleDeliberation.bundle,
  sections: sampleDeliberation.bundle.sections.flatMap((section) => [
    { ...section, id: 'GEN' },
    section,
  ]),
  digest: STAGED.activeDigest,
  rollout: { percent: 0, shadow: false, guard: GUARD },
}
const SERVED: PolicyStatus = {
  id: 'default',
  digest: STAGED.activeDigest,
  revision: 2,
  candidate: { digest: STAGED.candidateDigest ?? '', revision: 3, percent: 50, shadow: false },
  state: 'live',
  problem: null,
  ageMs: 400,
}

/** `open` gives a database with nothing in it, for each test anew. */
export function describeInstances(name: string, open: () => Promise<Database>): void {
  let database: Database
  let writes: number
  let isDown: boolean
  let nowMs: number
  const clock = { now: () => 1_800_000_000_000 + nowMs, monotonic: () => nowMs }

  beforeEach(async () => {
    const opened = await open()
    await migrate(opened)
    nowMs = 0
    writes = 0
    isDown = false
    const refuse = () => Promise.reject(new DatabaseError('unavailable', 'down'))
    database = {
      ...opened,
      all: (sql, params) => (isDown ? refuse() : opened.all(sql, params)),
      batch(statements) {
        writes++
        return isDown ? refuse() : opened.batch(statements)
      },
      close: () => opened.close(),
    }
  })
  afterEach(() => database.close())

  /** One instance over the shared database. */
  const instance = (
    hex: string,
    serves: readonly PolicyStatus[] = [SERVED],
    state: PolicyState = STAGED,
  ) => {
    const store = createInstanceStore(database)
    const observations = createObservations()
    const heartbeat = createHeartbeat({
      store,
      observations,
      clock,
      status: () => serves,
      program: '9.9.9',
      random: { hex: () => hex, fraction: () => 0 },
    })
    const halts: object[] = []
    const halted: string[] = []
    const looking = {
      store,
      heartbeat,
      clock,
      states: () =>
        isDown
          ? Promise.reject(new DatabaseError('unavailable', 'down'))
          : Promise.resolve([state]),
      findBundle: () => ACTIVE,
    }
    const watch = createWatchRollouts({
      ...looking,
      async halt(halt, actor) {
        halts.push({ ...halt, actor })
        return halts.length === 1
          ? { ok: true, value: STAGED }
          : { ok: false, failure: { reason: 'stale', current: STAGED } }
      },
      onHalted: (policy, reason) => halted.push(`${policy} ${reason}`),
      report: (error) => {
        throw error
      },
    })
    return { observations, heartbeat, readStatus: createReadStatus(looking), watch, halts, halted }
  }
  type Counted = ReturnType<typeof instance>

  const serve = (
    { observations }: Counted,
    {
      side,
      requests,
      refused = 0,
    }: { side: 'active' | 'candidate'; requests: number; refused?: number },
  ) => {
    for (let number = 0; number < requests; number++) {
      observations.served({
        policy: 'default',
        digest: side === 'active' ? STAGED.activeDigest : (STAGED.candidateDigest ?? ''),
        cohort: { served: side, version: STAGED.version },
        fired: ['GEN'],
        refused: number < refused,
        judgeFailed: false,
        failed: false,
        totalMs: 10,
      })
    }
  }

  describe(`${name}: the heartbeat of an instance`, () => {
    it('is written at once, then when something changed, and else every five seconds', async () => {
      const { heartbeat, observations } = instance('aa')
      const written: number[] = []
      for (const [ms, change] of [
        [0, false],
        [1000, false],
        [2000, true],
        [3000, false],
        [6999, false],
        [7000, false],
      ] as const) {
        nowMs = ms
        if (change) observations.dropped('default', 3)
        const before = writes
        await heartbeat.beat()
        if (writes > before) written.push(ms)
      }
      expect(written).toEqual([0, 2000, 7000])
    })

    it('is written again with the next beat after the database refused it', async () => {
      const { heartbeat, readStatus } = instance('aa')
      isDown = true
      await expect(heartbeat.beat()).resolves.toBeUndefined()
      isDown = false
      await heartbeat.beat()
      expect((await instance('bb').readStatus()).instances.map(({ id }) => id)).toContain('in_aa')
      expect((await readStatus()).instances).toHaveLength(1)
    })

    it('takes the rows of instances along that nobody has seen for an hour', async () => {
      const [old, young] = [instance('aa'), instance('bb')]
      await old.heartbeat.beat()
      nowMs = FORGET_MS
      await young.heartbeat.beat()
      expect(await database.all('SELECT id FROM instances ORDER BY id')).toHaveLength(2)
      nowMs = FORGET_MS + 5000
      await young.heartbeat.beat()
      expect(await database.all('SELECT id FROM instances')).toEqual([{ id: 'in_bb' }])
    })
  })

  describe(`${name}: the instances that are read`, () => {
    it('are those seen last, where there are more than a thousand', async () => {
      const insert = 'INSERT INTO instances (id, started, seen, report) VALUES (?, ?, ?, ?)'
      await database.batch(
        Array.from({ length: 1_001 }, (_, number) => ({
          sql: insert,
          params: [`in_${number}`, number, clock.now() - 1_001 + number, '{}'],
        })),
      )
      const read = await createInstanceStore(database).read(clock.now())
      expect(read).toHaveLength(1_000)
      expect(read[0]?.id).toBe('in_1')
      expect(read.at(-1)?.id).toBe('in_1000')
    })
  })

  describe(`${name}: the status of two instances`, () => {
    it('tells what each one serves, from where, and when it was seen', async () => {
      const cached: PolicyStatus = {
        ...SERVED,
        candidate: null,
        state: 'cached',
        problem: 'database_unavailable',
        ageMs: 9000,
      }
      const [one, other] = [instance('aa'), instance('bb', [cached])]
      await other.heartbeat.beat()
      nowMs = 700
      const { complete, instances } = await one.readStatus()
      const common = { started: 1_800_000_000_000, program: '9.9.9' }
      expect(complete).toBe(true)
      expect(instances).toEqual([
        { ...common, id: 'in_bb', seen: 1_800_000_000_000, ageMs: 700, policies: [cached] },
        { ...common, id: 'in_aa', seen: 1_800_000_000_700, ageMs: 0, policies: [SERVED] },
      ])
    })

    it('adds up requests and sections of the active bundle, silent sections included', async () => {
      const [one, other] = [instance('aa'), instance('bb')]
      serve(one, { side: 'active', requests: 3 })
      serve(other, { side: 'active', requests: 4 })
      await one.heartbeat.beat()
      await other.heartbeat.beat()
      // Twice, so that whatever is counted twice shows.
      nowMs = 6000
      await one.heartbeat.beat()
      const [policy] = (await other.readStatus()).policies
      expect(policy).toMatchObject({
        id: 'default',
        state: STAGED,
        requests: 7,
        sections: [
          { section: 'GEN', fired: 7 },
          { section: 'SHM', fired: 0 },
        ],
      })
    })

    it('tells how a rollout is doing on both of them, and what it is held to', async () => {
      const [one, other] = [instance('aa'), instance('bb')]
      serve(one, { side: 'active', requests: 10, refused: 1 })
      serve(other, { side: 'candidate', requests: 20, refused: 10 })
      await one.heartbeat.beat()
      const [policy] = (await other.readStatus()).policies
      expect(policy?.rollout).toMatchObject({
        active: { requests: 10, refusalRate: 0.1, meanMs: 10 },
        candidate: { requests: 20, refusalRate: 0.5, judgeFailureRate: 0 },
        reviews: { reviewed: 0, disagreement: null },
        guard: GUARD,
        verdict: 'breached',
        reasons: [{ reason: 'refusal_rate', candidate: 0.5, active: 0.1 }],
      })
    })

    it('lists an instance whose report it cannot read, and counts without it', async () => {
      const { heartbeat, readStatus } = instance('aa')
      await heartbeat.beat()
      const reports = [
        ['in_cc', '{"program":7}'],
        ['in_dd', 'no JSON'],
      ]
      for (const [id, report] of reports) {
        const sql = 'INSERT INTO instances (id, started, seen, report) VALUES (?, ?, ?, ?)'
        await database.batch([{ sql, params: [id ?? '', clock.now(), clock.now(), report ?? ''] }])
      }
      const { complete, instances } = await readStatus()
      expect(complete).toBe(true)
      expect(instances.map(({ id, program }) => [id, program])).toEqual([
        ['in_cc', null],
        ['in_dd', null],
        ['in_aa', '9.9.9'],
      ])
    })

    it('reads the report of a newer program, and leaves out what it does not know', async () => {
      const newer = instance('bb')
      await newer.heartbeat.beat()
      const [row] = await database.all('SELECT report FROM instances')
      const report = JSON.stringify({ ...JSON.parse(String(row?.report)), moods: ['sunny'] })
      await database.batch([{ sql: 'UPDATE instances SET report = ?', params: [report] }])
      const { instances } = await instance('aa').readStatus()
      expect(instances[0]).toMatchObject({ id: 'in_bb', policies: [SERVED] })
    })

    it('tells of this instance alone, and that this is not all, while the database is away', async () => {
      const { readStatus } = instance('aa')
      isDown = true
      expect(await readStatus()).toMatchObject({
        complete: false,
        instances: [{ id: 'in_aa', policies: [SERVED] }],
        policies: [],
      })
    })
  })

  describe(`${name}: the watch over a rollout`, () => {
    it('halts it by what both instances have counted together, in the name of the gateway', async () => {
      const [one, other] = [instance('aa'), instance('bb')]
      serve(one, { side: 'active', requests: 10 })
      serve(one, { side: 'candidate', requests: 6, refused: 6 })
      serve(other, { side: 'candidate', requests: 4 })
      await one.heartbeat.beat()
      await other.watch()
      const reason = 'refusal_rate: 0.60 against 0.00'
      const halt = { policy: 'default', expected: STAGED.version, reason, actor: 'gateway' }
      expect([other.halts, other.halted]).toEqual([[halt], ['default refusal_rate']])
    })

    it('counts those that died, and those alone of its own version', async () => {
      const [dead, alive] = [instance('aa'), instance('bb')]
      serve(dead, { side: 'active', requests: 10 })
      serve(dead, { side: 'candidate', requests: 10, refused: 10 })
      await dead.heartbeat.beat()
      nowMs = FORGET_MS - 1
      await alive.watch()
      expect(alive.halts).toHaveLength(1)
      nowMs = FORGET_MS + 1
      await alive.watch()
      expect(alive.halts).toHaveLength(1)
    })

    it('halts a move by the requests of both policies', async () => {
      const move = { to: 'agentic', percent: 50, shadow: false, callers: null }
      const moving = { ...STAGED, candidate: null, candidateDigest: null, move }
      const one = instance('aa', [SERVED], moving)
      const cohort = { move: { from: 'default', to: 'agentic' }, version: STAGED.version }
      for (const side of ['active', 'candidate'] as const) {
        for (let number = 0; number < 10; number++) {
          const refused = side === 'candidate'
          one.observations.served({
            policy: refused ? 'agentic' : 'default',
            digest: STAGED.activeDigest,
            cohort: { ...cohort, served: side },
            fired: [],
            refused,
            judgeFailed: false,
            failed: false,
            totalMs: 10,
          })
        }
      }
      const [told] = (await one.readStatus()).policies
      expect(told?.rollout).toMatchObject({ candidate: { requests: 10, refusalRate: 1 } })
      await one.watch()
      const halt = { policy: 'default', expected: STAGED.version, actor: 'gateway' }
      expect(one.halts).toMatchObject([halt])
    })

    it('leaves a good one alone', async () => {
      const { observations, watch, halts, ...rest } = instance('aa')
      const counted = { observations, watch, halts, ...rest }
      serve(counted, { side: 'active', requests: 50, refused: 5 })
      serve(counted, { side: 'candidate', requests: 50, refused: 10 })
      await watch()
      expect(halts).toEqual([])
    })

    it('is quiet where another instance was quicker', async () => {
      const one = instance('aa')
      serve(one, { side: 'active', requests: 10 })
      serve(one, { side: 'candidate', requests: 10, refused: 10 })
      await one.watch()
      await one.watch()
      expect([one.halts.length, one.halted]).toEqual([2, ['default refusal_rate']])
    })

    it('is quiet while the database is away', async () => {
      const { watch, halts } = instance('aa')
      isDown = true
      await expect(watch()).resolves.toBeUndefined()
      expect(halts).toEqual([])
    })
  })

  describe(`${name}: what candidates would have decided`, () => {
    const review: CandidateReview = {
      transcript: 'tr_1',
      time: 1_800_000_000_000,
      tenant: 'acme',
      policy: 'default',
      version: 3,
      candidate: 'c'.repeat(64),
      agreement: 'only_candidate_fails',
      sections: ['GEN', 'SHM'],
      reasons: ['violation:SHM2'],
      failure: null,
    }

    it('is read back as it was written, once for each transcript', async () => {
      const reviews = createCandidateReviews(database)
      await reviews.add(review)
      await reviews.add({ ...review, agreement: 'agree' })
      const page = { tenants: null, before: null, limit: 10 }
      expect(await reviews.list('default', page)).toEqual([review])
      expect(await reviews.list('agentic', page)).toEqual([])
    })

    it('is listed the newest first, page by page, to those who may see the tenant', async () => {
      const reviews = createCandidateReviews(database)
      for (const [transcript, time, tenant] of [
        ['tr_1', 10, 'acme'],
        ['tr_2', 20, 'acme'],
        ['tr_3', 20, 'acme'],
        ['tr_4', 30, 'other'],
      ] as const) {
        await reviews.add({ ...review, transcript, time, tenant })
      }
      const list = async (
        tenants: readonly string[] | null,
        before: CandidateReview | null = null,
      ) => reviews.list('default', { tenants, before, limit: 2 })
      const ids = (page: readonly CandidateReview[]) => page.map(({ transcript }) => transcript)
      const first = await list(['acme'])
      expect(ids(first)).toEqual(['tr_3', 'tr_2'])
      expect(ids(await list(['acme'], first[1]))).toEqual(['tr_1'])
      expect(ids(await list(null))).toEqual(['tr_4', 'tr_3'])
      expect(ids(await list([]))).toEqual([])
      const many = Array.from({ length: 1_000 }, (_, number) => `tenant-${number}`)
      expect(ids(await list([...many, 'other']))).toEqual(['tr_4'])
    })
  })
}
