/** What the transcript store keeps over any database and any blobs. It runs on Node and on workerd alike. */
import { describe, expect, it } from 'vitest'
import type { Database } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import type { Compression } from '../../../src/lib/compression.ts'
import { buildRelayTranscript } from '../../../src/transcript/record/build-transcript.ts'
import type { Transcript } from '../../../src/transcript/record/record.ts'
import { toEntry } from '../../../src/transcript/store/entry.ts'
import type { TranscriptFilter, TranscriptPlace } from '../../../src/transcript/store/list.ts'
import type { Blobs } from '../../../src/transcript/store/sink.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import { sampleTranscript, sampleTranscriptOptions } from '../../fakes/deliberation.ts'

export type OpenStorage = () => Promise<{ readonly database: Database; readonly blobs: Blobs }>

const ANY: TranscriptFilter = {
  tenants: null,
  policy: null,
  digest: null,
  outcome: null,
  decision: null,
  section: null,
  app: null,
  session: null,
  mode: null,
  model: null,
  from: null,
  to: null,
}

export function describeStore(name: string, open: OpenStorage, compression: Compression): void {
  const openStore = async () => {
    const { database, blobs } = await open()
    const migrated = await migrate(database)
    if (!migrated.ok) throw new Error(migrated.failure.message)
    const store = createTranscriptStore({ database, blobs, compression })
    const append = async (...transcripts: readonly Transcript[]) => {
      const entries = transcripts.map((transcript) => toEntry(transcript, compression))
      return store.append(await Promise.all(entries))
    }
    return { store, append, database, blobs }
  }
  const done = { ok: true, value: null }

  describe(`${name}: the transcript store`, () => {
    it('reads back the whole transcript and its row', async () => {
      const { store, append, database } = await openStore()
      const transcript = sampleTranscript(1)
      expect(await append(transcript)).toEqual(done)
      const stored = await store.read(transcript.id)
      expect(stored?.transcript).toEqual(JSON.parse(JSON.stringify(transcript)))
      expect(stored?.row).toMatchObject({
        id: transcript.id,
        time: sampleTranscriptOptions.time,
        tenant: 'acme',
        session: 'session one',
        subject: 'a'.repeat(64),
        mode: 'enforce',
        policyId: 'default',
        policyDigest: 'b'.repeat(64),
        policyRevision: 0,
        sections: ' SHM ',
        outcome: 'redrafted',
        outcomeReason: 'score:style',
        decision: 'safe_complete',
        attempts: 2,
        model: 'model-one',
        family: null,
        trainingRights: 'none',
        consent: 'audit',
        minHelpfulness: 7,
        minStyle: 9,
        minRelevant: 5,
        promptTokens: 200,
        judgeTokens: 180,
        totalMs: 30,
        contentKey: `transcripts/${transcript.id}.json.gz`,
      })
      await database.close()
    })

    it('keeps a transcript once, however often it is appended', async () => {
      const { append, database } = await openStore()
      const ends = [
        await append(sampleTranscript(1)),
        await append(sampleTranscript(1), sampleTranscript(2)),
        await append(sampleTranscript(2), sampleTranscript(2)),
      ]
      expect(ends).toEqual([done, done, done])
      expect(await database.all('SELECT count(*) AS n FROM transcripts')).toEqual([{ n: 2 }])
      await database.close()
    })

    it('takes names that a database would refuse', async () => {
      const { store, append, database } = await openStore()
      const session = `NUL \u0000 and \ud800 and ${'long '.repeat(2_000)}`
      const upstream = { ...sampleTranscriptOptions.upstream, model: 'a\u0000b' }
      const transcript = sampleTranscript(1, { session, upstream })
      expect(await append(transcript)).toEqual(done)
      const stored = await store.read(transcript.id)
      expect(stored?.row.session).toMatch(/^NUL \uFFFD and \uFFFD and long /)
      expect(stored?.row.model).toBe('a\uFFFDb')
      expect(stored?.transcript?.session).toBe(session)
      await database.close()
    })

    it('keeps five megabytes of content', async () => {
      const { store, append, database } = await openStore()
      const text = Array.from({ length: 400_000 }, (_, index) => `${index * 7919} 漢`).join(' ')
      const transcript = sampleTranscript(1, { request: { text } })
      expect(await append(transcript)).toEqual(done)
      const stored = await store.read(transcript.id)
      expect(stored?.transcript?.request?.text === text).toBe(true)
      await database.close()
    })

    const { deliberation: _, request: __, mode: ___, ...origin } = sampleTranscriptOptions
    it.each([
      [
        'of consent `none`',
        sampleTranscript(901, {
          principal: { tenant: 'acme', app: 'chat', consent: 'none' },
        }),
        { session: null, subject: null, attempts: 2, minStyle: 9 },
      ],
      [
        'of mode `off`',
        buildRelayTranscript({
          ...origin,
          id: 'tr_relayed',
          policy: { id: 'default', digest: 'd', revision: 0 },
          protocol: 'p',
          outcome: { kind: 'passed', reason: null },
          usage: null,
          totalMs: 5,
          modelMs: 5,
        }),
        { mode: 'off', attempts: 0, promptTokens: null },
      ],
    ])('keeps a row without content %s', async (_, transcript, expected) => {
      const { store, append, database, blobs } = await openStore()
      expect(await append(transcript)).toEqual(done)
      const stored = await store.read(transcript.id)
      expect(stored?.transcript).toBeNull()
      expect(stored?.row).toMatchObject({ ...expected, contentKey: null, contentBytes: 0 })
      expect(await blobs.get(`transcripts/${transcript.id}.json.gz`)).toBeNull()
      await database.close()
    })

    it('knows nothing of an id that was never written', async () => {
      const { store, database } = await openStore()
      expect(await store.read('tr_nothing')).toBeNull()
      await database.close()
    })

    it('removes content by its key', async () => {
      const { store, append, database, blobs } = await openStore()
      const transcript = sampleTranscript(1)
      await append(transcript)
      const row = (await store.read(transcript.id))?.row
      await database.batch(await blobs.delete(row?.contentKey ?? ''))
      expect((await store.read(transcript.id))?.transcript).toBeNull()
      await database.close()
    })

    it('lists rows the newest first, a page behind the other, none twice and none left out', async () => {
      const { store, append, database } = await openStore()
      // Some at one moment: then the id decides.
      const times = [5, 3, 3, 3, 9, 1, 3]
      const all = times.map((time, index) => sampleTranscript(index + 1, { time }))
      expect(await append(...all)).toEqual(done)
      const pages: string[][] = []
      let after: TranscriptPlace | null = null
      for (;;) {
        const rows = await store.list(ANY, { after, limit: 3 })
        pages.push(rows.map(({ id }) => id.slice(-1)))
        after = rows.at(-1) ?? null
        if (rows.length < 3) break
        // A newer one comes in between, and moves nothing.
        await append(sampleTranscript(100 + pages.length, { time: 50 }))
      }
      expect(pages).toEqual([['5', '1', '7'], ['4', '3', '2'], ['6']])
      await database.close()
    })

    const principal = (tenant: string, app = 'chat') => ({ tenant, app, consent: 'audit' }) as const
    it.each<[string, Partial<TranscriptFilter>, readonly string[]]>([
      ['nothing', {}, ['4', '3', '2', '1']],
      ['one tenant', { tenants: ['acme'] }, ['3', '1']],
      ['two tenants', { tenants: ['acme', 'it’s "other"'] }, ['4', '3', '1']],
      ['no tenant', { tenants: [] }, []],
      ['a thousand tenants', { tenants: Array.from({ length: 1_000 }, (_, n) => `t${n}`) }, ['2']],
      ['an app', { app: 'shop' }, ['3']],
      ['a session', { session: 'session two' }, ['2']],
      ['a policy', { policy: 'default' }, ['4', '3', '2', '1']],
      ['another policy', { policy: 'other' }, []],
      ['the beginning of a digest', { digest: 'bbbb' }, ['4', '3', '2', '1']],
      ['another digest', { digest: 'bbba' }, []],
      ['a section', { section: 'SHM' }, ['4', '3', '2', '1']],
      ['a section in other letters', { section: 'shm' }, []],
      ['a part of a section', { section: 'SH' }, []],
      ['a pattern', { section: 'S_M' }, []],
      ['an outcome', { outcome: 'redrafted' }, ['4', '3', '2', '1']],
      ['another outcome', { outcome: 'failed' }, []],
      ['a decision', { decision: 'safe_complete' }, ['4', '3', '2', '1']],
      ['a mode', { mode: 'shadow' }, []],
      ['a model', { model: 'model-two' }, ['4']],
      [
        'a score from',
        { scores: [{ score: 'relevant', is: 'at least', bound: 5 }] },
        ['4', '3', '2', '1'],
      ],
      ['a score above', { scores: [{ score: 'relevant', is: 'at least', bound: 5.5 }] }, []],
      ['a score up to', { scores: [{ score: 'style', is: 'at most', bound: 8.5 }] }, []],
      ['a time on', { from: 30 }, ['4', '3']],
      ['a time before', { to: 30 }, ['2', '1']],
      ['all at once', { tenants: ['acme'], app: 'shop', from: 30, to: 31, section: 'SHM' }, ['3']],
    ])('lists what has %s', async (_, filter, expected) => {
      const { store, append, database } = await openStore()
      const upstream = { ...sampleTranscriptOptions.upstream, model: 'model-two' }
      await append(
        sampleTranscript(1, { time: 10 }),
        sampleTranscript(2, { time: 20, principal: principal('t7'), session: 'session two' }),
        sampleTranscript(3, { time: 30, principal: principal('acme', 'shop') }),
        sampleTranscript(4, { time: 40, principal: principal('it’s "other"'), upstream }),
      )
      const rows = await store.list({ ...ANY, ...filter }, { after: null, limit: 10 })
      expect(rows.map(({ id }) => id.slice(-1))).toEqual(expected)
      await database.close()
    })
  })
}
