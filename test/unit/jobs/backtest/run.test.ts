import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Earlier, EarlierRuns } from '../../../../src/jobs/backtest/earlier.ts'
import type { Logged } from '../../../../src/jobs/backtest/logged.ts'
import type { Replayed, Side } from '../../../../src/jobs/backtest/replay.ts'
import { type BacktestRunOptions, runBacktest } from '../../../../src/jobs/backtest/run.ts'
import {
  isAfter,
  type Listed,
  type ScanSource,
  scan,
  scanSample,
} from '../../../../src/jobs/backtest/scan.ts'
import { type BacktestHeader, backtestState } from '../../../../src/jobs/backtest/state.ts'
import type { Finished } from '../../../../src/jobs/backtest/tally.ts'
import { idOf, loggedTranscript } from '../../../fakes/logged-transcripts.ts'
import { createBundle, protocol } from '../../deliberation/fixtures.ts'

const bundle = createBundle()
const filter = { policy: 'test', since: null, until: 1e15, app: null }
const NOTHING: Earlier = { finished: 0, upTo: null, beyond: new Set() }

/** So many stored transcripts, two to each moment. */
function store(count: number): ScanSource & { readonly pages: number } {
  const all = Array.from({ length: count }, (_, number): Listed => {
    return { id: idOf(number), time: number >> 1, consent: 'audit', hasContent: true }
  }).sort((a, b) => (isAfter(a, b) ? 1 : -1))
  let pages = 0
  return {
    get pages() {
      return pages
    },
    list(_, { after, limit }) {
      pages++
      return Promise.resolve(all.filter((one) => !after || isAfter(one, after)).slice(0, limit))
    },
    read: (id) => {
      const number = Number.parseInt(id.slice(3), 16)
      return Promise.resolve(loggedTranscript({ bundle, protocol, number, prompt: 'Hello' }))
    },
    count: () => Promise.resolve(count),
  }
}

const PASSED: Side = { kind: 'verdict', passed: true, grounds: [], model: 'm', source: 'asked' }
const UNREACHED: Side = { kind: 'failure', reason: 'judge_unreachable' }
const found = (to: Side | null): Replayed => ({
  selected: { from: [], to: [] },
  judged: to && { from: PASSED, to },
})

type RunChanges = Partial<BacktestRunOptions> & {
  readonly source?: ScanSource
  readonly replay?: (logged: Logged) => Promise<Replayed>
}

async function run({ source = store(1000), replay, ...changes }: RunChanges = {}) {
  const lines: string[] = []
  const kept: Finished[] = []
  const end = await runBacktest(
    {
      read: (id) => source.read(id),
      replay: replay ?? (() => Promise.resolve(found(null))),
      keep(line) {
        kept.push(line.finished)
        lines.push(backtestState.encode(line))
      },
      pause: () => Promise.reject(new Error('A backtest waits for nothing')),
      random: { hex: () => '', fraction: () => 0 },
    },
    {
      items: scan(source, filter, changes.earlier?.upTo ?? null),
      limit: null,
      concurrency: 4,
      earlier: NOTHING,
      stop: new AbortController().signal,
      ...changes,
    },
  )
  return { end, lines, ids: kept.map(({ id }) => id) }
}

async function idsIn(items: AsyncIterable<Listed>): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { id } of items) ids.push(id)
  return ids
}

function readAll(lines: readonly string[]) {
  const told: Finished[] = []
  const runs = new EarlierRuns()
  for (const text of lines) {
    const line = backtestState.decodeLine(text.trimEnd())
    if (!line) throw new Error(`no line of a backtest: ${text}`)
    runs.add(line)
    told.push(line.finished)
  }
  return { told, earlier: runs.read() }
}

describe('a scan', () => {
  it('gives every transcript once, the newest first, a page at a time', async () => {
    const source = store(450)
    const ids = await idsIn(scan(source, filter, null))
    expect(ids).toEqual(Array.from({ length: 450 }, (_, at) => idOf(449 - at)))
    expect(source.pages).toBe(3)
  })

  it('of a sample gives the same ones when the store has grown, but for those that came in', async () => {
    const sample = async (count: number) => {
      const options = { size: 100, after: null }
      return idsIn(scanSample(store(count), filter, options))
    }
    const [first, again, later] = [await sample(2000), await sample(2000), await sample(2200)]
    expect(first).toHaveLength(100)
    expect(again).toEqual(first)
    expect(first).toEqual(first.toSorted().reverse())
    const old = later.filter((id) => id < idOf(2000))
    expect(old.filter((id) => !first.includes(id))).toEqual([])
    expect(old.length).toBeGreaterThan(75)
    expect(await sample(30)).toHaveLength(30)
  })
})

describe('a run', () => {
  it('looks at every transcript once, so many at a time', async () => {
    let [open, most] = [0, 0]
    const { end, ids } = await run({
      concurrency: 7,
      async replay() {
        most = Math.max(most, ++open)
        await nextTurn()
        open--
        return found(null)
      },
    })
    expect([end, new Set(ids).size, ids.length, most]).toEqual(['done', 1000, 1000, 7])
  })

  it.each<[string, Partial<Listed>, string]>([
    ['a caller who allows counts only', { consent: 'none', hasContent: false }, 'no_consent'],
    ['a relay', { hasContent: false }, 'no_content'],
    ['content that is gone', {}, 'unreadable'],
  ])('skips what it cannot look at, and looks no further: %s', async (_, changes, reason) => {
    const read: string[] = []
    const source: ScanSource = {
      ...store(1),
      list: (_filter, { after }) => {
        const listed = { id: idOf(0), time: 0, consent: 'audit', hasContent: true } as const
        return Promise.resolve(after ? [] : [{ ...listed, ...changes }])
      },
      read: (id) => {
        read.push(id)
        return Promise.resolve(null)
      },
    }
    const { lines } = await run({ source })
    expect(readAll(lines).told).toEqual([{ kind: 'skipped', id: idOf(0), reason }])
    expect(read).toHaveLength(reason === 'unreadable' ? 1 : 0)
  })

  it('ends with the limit, the newest first', async () => {
    const { ids } = await run({ limit: 10 })
    expect(ids.toSorted()).toEqual(Array.from({ length: 10 }, (_, at) => idOf(990 + at)))
  })

  it('finishes and keeps what is under way when it is stopped', async () => {
    const stopping = new AbortController()
    let begun = 0
    const { end, ids } = await run({
      stop: stopping.signal,
      async replay() {
        if (++begun === 20) stopping.abort()
        await Promise.resolve()
        return found(null)
      },
    })
    expect([end, ids.length]).toEqual(['stopped', begun])
    expect(begun).toBeLessThan(25)
  })

  it('gives up when the judge is out of reach, and keeps nothing of that time', async () => {
    let asked = 0
    const { end, ids } = await run({
      replay: () => Promise.resolve(found(++asked <= 50 ? PASSED : UNREACHED)),
    })
    expect([end, ids.length]).toEqual(['judge_down', 50])
    expect(asked).toBeLessThan(80)
  })

  it('keeps what had no verdict where the judge came back', async () => {
    let asked = 0
    const { end, ids } = await run({
      replay: () => Promise.resolve(found(++asked % 10 === 0 ? PASSED : UNREACHED)),
    })
    expect([end, ids.length]).toEqual(['done', 1000])
  })

  it('goes on behind what the judge did not say, however much of it needs no judge', async () => {
    const { end, ids } = await run({
      source: store(4_000),
      replay: ({ id }) => Promise.resolve(found(id === idOf(3_999) ? UNREACHED : null)),
    })
    expect([end, new Set(ids).size]).toEqual(['done', 4_000])
  })

  it('ends with the error of a store that fails, and begins nothing more', async () => {
    const source = store(1000)
    let reads = 0
    const broken: ScanSource = {
      ...source,
      read: (id) => (++reads > 10 ? Promise.reject(new Error('gone')) : source.read(id)),
    }
    await expect(run({ source: broken })).rejects.toThrow('gone')
    expect(reads).toBeLessThan(16)
  })
})

describe('the lines of a run', () => {
  it('read back say what was found, and where to go on', async () => {
    const { lines, ids } = await run()
    const { told, earlier } = readAll(lines)
    expect(told.map(({ id }) => id)).toEqual(ids)
    expect(earlier).toEqual({ finished: 1000, upTo: { time: 0, id: idOf(0) }, beyond: new Set() })
  })

  it.each([1, 2, 37, 500, 999, 1000])(
    'cut after %i are gone on with, and nothing is looked at twice or left out',
    async (cut) => {
      let turn = 0
      const jumbled = async () => {
        // Every third takes longer than its neighbours, so that lines stand in another order than the scan's.
        if (turn++ % 3 === 0) await nextTurn()
        return found(null)
      }
      const first = await run({ replay: jumbled, concurrency: 16 })
      const before = readAll(first.lines.slice(0, cut))
      const second = await run({ replay: jumbled, concurrency: 16, earlier: before.earlier })
      const ids = [...before.told.map(({ id }) => id), ...second.ids]
      expect([ids.length, new Set(ids).size]).toEqual([1000, 1000])
      expect(before.earlier.beyond.size).toBeLessThan(40)
      const limited = await run({ limit: 600, earlier: before.earlier })
      expect(limited.ids.length).toBe(Math.max(0, 600 - cut))
    },
  )

  it('hold no word of any exchange', async () => {
    const { lines } = await run({ limit: 5, replay: () => Promise.resolve(found(PASSED)) })
    expect(lines.join('')).not.toMatch(/Hello|Good day|REASONING/)
  })

  it('that are none of a backtest are told apart', () => {
    const decoded = ['', '{}', '{"at":[1,"a"],"upTo":null}'].map((text) =>
      backtestState.decodeLine(text),
    )
    expect(decoded).toEqual([null, null, null])
  })
})

describe('the header of a backtest', () => {
  const header: BacktestHeader = {
    backtest: 1,
    policy: 'default',
    from: 'a',
    to: 'b',
    protocol: 'p',
    judge: { provider: 'judge.example', model: 'm' },
    rejudge: false,
    app: null,
    since: null,
    until: 5,
    limit: null,
    sample: 7,
  }

  it('is read back as it was written', () => {
    expect(backtestState.decodeHeader(backtestState.encode(header))).toEqual(header)
    expect(backtestState.decodeHeader('{"backtest":2}')).toBeNull()
  })

  it('names what differs, with both values', () => {
    const now = { ...header, to: 'c', judge: null }
    expect(backtestState.differences(header, header)).toEqual([])
    expect(backtestState.differences(header, now)).toEqual([
      'to: b there, c here',
      'judge: {"provider":"judge.example","model":"m"} there, null here',
    ])
  })
})
