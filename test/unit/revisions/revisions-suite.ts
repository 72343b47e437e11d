/** What the revisions of policies keep on every database, as one suite. It runs on Node and on workerd alike. */
import { describe, expect, it } from 'vitest'
import type { AuditEvent } from '../../../src/audit/audit-log.ts'
import type { Database } from '../../../src/database/database.ts'
import type { JsonValue } from '../../../src/lib/json.ts'
import type {
  PolicyState,
  RejectionRecord,
  RevisionRecord,
} from '../../../src/revisions/registry.ts'
import {
  contentOf,
  createSigner,
  payloadOf,
  reworded,
  signedEnvelope,
  signedRevision,
  smallPolicy,
} from '../../fakes/revisions.ts'
import { createTestControl, NOW } from './control.ts'

const event: AuditEvent = {
  actor: 'admin:ann',
  action: 'policy.push',
  policy: 'small',
  tenant: null,
  details: {},
}

/** `open` gives a database with nothing in it, for each test anew. */
export function describeRevisions(name: string, open: () => Promise<Database>): void {
  const start = async () => {
    const signer = await createSigner('ann')
    const { bundle, tests } = await smallPolicy()
    const database = await open()
    const options = { database, signers: [signer], builtIn: [bundle] }
    const [here, there] = [await createTestControl(options), await createTestControl(options)]
    const record = async (number: number, text = number): Promise<RevisionRecord> => {
      const revised = await reworded(bundle, text)
      const revision = { signers: [signer], bundle: revised, tests, number }
      return {
        policy: 'small',
        number,
        digest: revised.digest,
        payload: await payloadOf(revision),
        jws: await signedEnvelope(revision),
        report: {
          signers: ['ann'],
          selection: { cases: [], sections: [], decisionsSkipped: 0 },
          decisions: null,
          warnings: ['naïve 漢字'],
        },
        pushed: NOW,
        pushedBy: 'admin:ann',
      }
    }
    const contents = async (text: number) => ({
      bundle: contentOf(await reworded(bundle, text)),
      tests,
    })
    const submit = async (number: number) =>
      signedRevision({
        signers: [signer],
        bundle: await reworded(bundle, number),
        tests,
        number,
      })
    return { ...here, there, database, tests, record, contents, submit }
  }

  const state = (version: number, altered: Partial<PolicyState> = {}): PolicyState => ({
    policy: 'small',
    version,
    action: 'activate',
    active: version,
    activeDigest: 'a'.repeat(64),
    candidate: null,
    candidateDigest: null,
    percent: 0,
    shadow: false,
    callers: null,
    move: null,
    changed: NOW,
    changedBy: 'admin:ann',
    reason: null,
    stopped: null,
    ...altered,
  })

  describe(`${name}: revisions at rest`, () => {
    it('are read back as they were written, with their contents', async () => {
      const { store, record, contents, tests, database } = await start()
      const written = await record(1)
      expect(await store.admit(written, await contents(1), event)).toEqual({
        ok: true,
        value: null,
      })
      expect(await store.revision('small', 1)).toEqual(written)
      expect(await store.content(written.digest)).toEqual((await contents(1)).bundle)
      expect(await store.content(written.payload.testsDigest)).toEqual(tests)
      expect(await store.revision('small', 2)).toBeNull()
      expect(await store.content('f'.repeat(64))).toBeNull()
      await database.close()
    })

    it('share contents, and keep the first of two under a number', async () => {
      const { store, record, contents, entries, database } = await start()
      await store.admit(await record(1), await contents(1), event)
      await store.admit(await record(2, 1), await contents(1), event)
      const taken = await store.admit(await record(2, 5), await contents(5), event)
      expect(taken).toEqual({ ok: false, failure: { reason: 'number_taken' } })
      expect(await store.revision('small', 2)).toEqual(await record(2, 1))
      const rows = await database.all('SELECT count(*) AS n FROM policy_contents')
      expect([rows, (await entries()).length]).toEqual([[{ n: 2 }], 2])
      await database.close()
    })

    it('are paged from the newest down', async () => {
      const { store, record, contents, database } = await start()
      for (const number of [1, 2, 10]) {
        await store.admit(await record(number), await contents(number), event)
      }
      const page = async (before: number | null, limit: number) =>
        (await store.revisions('small', { before, limit })).map(({ number }) => number)
      expect([await page(null, 2), await page(2, 2), await page(1, 2)]).toEqual([[10, 2], [1], []])
      expect(await store.revisions('other', { before: null, limit: 9 })).toEqual([])
      await database.close()
    })

    it('bear signatures that came later, each once, beside what was pushed', async () => {
      const { store, record, contents, entries, database } = await start()
      await store.admit(await record(1), await contents(1), event)
      await store.admit(await record(2), await contents(2), event)
      const signature = (kid: string, joined: number) => ({
        kid,
        thumbprint: `print-of-${kid}`,
        protected: `header-${kid}`,
        signature: kid,
        joined,
        joinedBy: 'admin:ben',
      })
      const joining = (kids: readonly string[], made: PolicyState | null = null) =>
        store.join(
          { policy: 'small', number: 1 },
          kids.map((kid, at) => signature(kid, at)),
          { state: made, event },
        )
      expect(await joining(['ben', 'cid'])).toEqual({ ok: true, value: null })
      const taken = { ok: false, failure: { reason: 'taken' } }
      expect(await joining(['dan', 'cid'])).toEqual(taken)
      await store.change(state(1), event)
      expect(await joining(['dan'], state(1))).toEqual(taken)
      expect(await joining(['dan'], state(2, { action: 'sign' }))).toMatchObject({ ok: true })
      const [first] = await store.revisions('small', { before: 2, limit: 1 })
      expect(first?.report.signers).toEqual(['ann', 'ben', 'dan', 'cid'])
      expect(first?.jws.signatures.map((one) => one.signature).slice(1)).toEqual([
        'ben',
        'dan',
        'cid',
      ])
      expect(await store.revision('small', 1)).toEqual(first)
      expect(await store.revision('small', 2)).toEqual(await record(2))
      expect([await store.states(), (await entries()).length]).toEqual([
        [state(2, { action: 'sign' })],
        5,
      ])
      await database.close()
    })

    it('are there of policies that serve nobody, the newest word on each', async () => {
      const { store, record, contents, database } = await start()
      for (const number of [1, 2]) {
        await store.admit(await record(number), await contents(number), event)
      }
      const rejection = { number: null, digest: null, problems: [], pushedBy: 'admin:eve' }
      await store.reject({ ...rejection, id: 'a', policy: 'other', pushed: 5 }, event)
      await store.reject({ ...rejection, id: 'b', policy: 'small', pushed: 5 }, event)
      expect(await store.unserved()).toEqual([
        {
          policy: 'other',
          newest: { number: null, state: 'rejected', pushed: 5, pushedBy: 'admin:eve' },
        },
        {
          policy: 'small',
          newest: { number: 2, state: 'admitted', pushed: NOW, pushedBy: 'admin:ann' },
        },
      ])
      await store.change(state(1), event)
      expect((await store.unserved()).map(({ policy }) => policy)).toEqual(['other'])
      await database.close()
    })

    it('that were refused are kept with their reasons, the newest first', async () => {
      const { store, database } = await start()
      const rejection = (id: string, pushed: number): RejectionRecord => ({
        id,
        policy: 'small',
        number: id === 'a' ? null : 3,
        digest: null,
        problems: [{ code: 'check_failed', message: 'Mend it', file: 'policy.yaml', line: 2 }],
        pushed,
        pushedBy: 'admin:ann',
      })
      const all = [rejection('a', 1), rejection('b', 3), rejection('c', 2)]
      for (const one of all) await store.reject(one, event)
      expect(await store.rejections('small', { before: null, limit: 2 })).toEqual([all[1], all[2]])
      const page = async (before: RejectionRecord | null, limit: number) =>
        (await store.rejections('small', { before, limit })).map(({ id }) => id)
      const same = rejection('d', 2)
      await store.reject(same, event)
      expect([await page(null, 2), await page(all[2] ?? null, 1), await page(same, 2)]).toEqual([
        ['b', 'c'],
        ['d'],
        ['a'],
      ])
      expect(await store.rejections('other', { before: null, limit: 2 })).toEqual([])
      await database.close()
    })
  })

  describe(`${name}: the states of policies`, () => {
    it('are the newest of each policy, and a history', async () => {
      const { store, database } = await start()
      const callers = { tenants: ['acme'], apps: null }
      const staged = { candidate: 9, candidateDigest: 'b'.repeat(64), percent: 12.5, shadow: true }
      const written = [
        state(1),
        state(2, { ...staged, callers, action: 'stage', reason: 'latency' }),
        state(1, { policy: 'other', move: { to: 'small', percent: 5, shadow: true, callers } }),
      ]
      for (const one of written) {
        expect(await store.change(one, event)).toEqual({ ok: true, value: null })
      }
      const newest = await store.states()
      expect(newest.toSorted((a, b) => (a.policy < b.policy ? -1 : 1))).toEqual([
        written[2],
        written[1],
      ])
      const page = (before: number | null, limit: number) =>
        store.history('small', { before, limit })
      expect(await page(null, 9)).toEqual([written[1], written[0]])
      expect([await page(null, 1), await page(2, 1), await page(1, 1)]).toEqual([
        [written[1]],
        [written[0]],
        [],
      ])
      await database.close()
    })

    it('know what has served', async () => {
      const { store, database } = await start()
      const candidateDigest = 'b'.repeat(64)
      await store.change(state(1, { candidate: 2, candidateDigest }), event)
      expect(await store.hasServed('small', 'a'.repeat(64))).toBe(true)
      expect(await store.hasServed('small', candidateDigest)).toBe(false)
      expect(await store.hasServed('other', 'a'.repeat(64))).toBe(false)
      const byOne = { activeDigest: 'c'.repeat(64), stopped: 1 }
      await store.change(state(2, byOne), event)
      expect([
        await store.hasServed('small', byOne.activeDigest),
        await store.hasServedInFull('small', byOne.activeDigest),
        await store.hasServedInFull('small', 'a'.repeat(64)),
      ]).toEqual([true, false, true])
      await database.close()
    })

    it('leave nothing behind of a change that another was quicker than', async () => {
      const { store, record, contents, entries, database } = await start()
      await store.change(state(1), event)
      const change = { state: state(1, { active: 7 }), event }
      expect(await store.change(change.state, event)).toEqual({
        ok: false,
        failure: { reason: 'version_taken' },
      })
      const admitted = await store.admitAndChange(await record(7), await contents(7), change)
      expect(admitted).toEqual({ ok: false, failure: { reason: 'taken' } })
      expect(await store.revision('small', 7)).toBeNull()
      expect([await store.states(), (await entries()).length]).toEqual([[state(1)], 1])
      await database.close()
    })

    it('change together with the revision that is rolled back to', async () => {
      const { store, record, contents, database } = await start()
      const change = { state: state(1, { active: 7 }), event }
      const without: { bundle: JsonValue; tests: JsonValue | null } = {
        ...(await contents(7)),
        tests: null,
      }
      expect(await store.admitAndChange(await record(7), without, change)).toMatchObject({
        ok: true,
      })
      expect(await store.states()).toEqual([change.state])
      expect(await store.revision('small', 7)).toEqual(await record(7))
      const { payload } = await record(7)
      expect(await store.content(payload.testsDigest)).toBeNull()
      await database.close()
    })
  })

  describe(`${name}: two at once`, () => {
    it('activate: one wins, and the other is told what has changed', async () => {
      const { control, there, submit, entries, database } = await start()
      for (const number of [1, 2]) {
        const pushed = await control.push('small', await submit(number), 'admin:ann')
        expect(pushed.ok).toBe(true)
      }
      const how = { policy: 'small', percent: 100, shadow: null, expected: 0 }
      const outcomes = await Promise.all([
        control.activate({ ...how, revision: 1 }, 'admin:ann'),
        there.control.activate({ ...how, revision: 2 }, 'admin:ben'),
      ])
      const won = outcomes.filter((one) => one.ok)
      const lost = outcomes.filter((one) => !one.ok)
      const [current] = await control.states()
      expect(won).toEqual([{ ok: true, value: current }])
      expect(lost).toEqual([{ ok: false, failure: { reason: 'stale', current } }])
      expect(current).toMatchObject({ version: 1 })
      const activations = (await entries()).filter(({ action }) => action === 'policy.activate')
      expect(activations).toHaveLength(1)
      await database.close()
    })

    it('push the same revision: both have it, and it is there once', async () => {
      const { control, there, submit, entries, database } = await start()
      const submission = await submit(1)
      const pushed = await Promise.all([
        control.push('small', submission, 'admin:ann'),
        there.control.push('small', submission, 'admin:ben'),
      ])
      expect(pushed).toEqual([{ ok: true, value: await control.revision('small', 1) }, pushed[0]])
      expect((await entries()).map(({ action }) => action)).toEqual(['policy.push'])
      await database.close()
    })
  })
}
