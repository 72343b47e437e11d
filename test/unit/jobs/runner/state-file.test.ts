/** State files of jobs: what an earlier program has written is gone on with, and what is written is the same as it wrote. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openBatchFile } from '../../../../src/cli/harvest/batch-file.node.ts'
import { openMsmFile } from '../../../../src/cli/harvest/msm-file.node.ts'
import { EarlierRuns } from '../../../../src/jobs/backtest/earlier.ts'
import {
  type BacktestHeader,
  type BacktestLine,
  backtestLine,
  backtestState,
} from '../../../../src/jobs/backtest/state.ts'
import type { BatchHeader } from '../../../../src/jobs/batch/state.ts'
import type { MsmHeader } from '../../../../src/jobs/documents/state.ts'
import { openStateFile } from '../../../../src/jobs/runner/state-file.node.ts'

const folder = mkdtempSync(join(tmpdir(), 'chambers-state-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'state.jsonl')
beforeEach(() => rmSync(path, { force: true }))

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)]

/** As they were written by the program that kept a file of its own for each job. */
const BATCH = [
  `{"batch":1,"plan":{"id":"old","policy":"default","digest":"${A}","model":"stand-in","samples":1,"consent":"harvest","tenant":"default","app":"batch"},"input":"${B}","lines":3,"protocol":"${B}","place":"here"}\n`,
  '{"line":1,"transcript":"tr_9af1519305b414a3931fde483e31586a","outcome":"released","reason":null,"tokens":8284}\n',
  '{"lost":7}\n',
]
const MSM = [
  `{"msm":1,"plan":{"policy":"default","digest":"${A}","texts":"${B}","model":"stand-in","provider":"stand-in","assistant":"the assistant","documents":1,"domains":1,"subdomains":1,"types":1,"assertions":1,"precedents":"${B}"},"precedents":["a seed"]}\n`,
  '{"key":"domains","model":"stand-in","tokens":9395,"items":["domain 1 (e7d1)"]}\n',
  '{"key":"document/0/0/0/0","model":"stand-in","tokens":5,"text":"A document: ü"}\n',
]
const BACKTEST = [
  '{"backtest":1,"policy":"default","from":"a","to":"b","protocol":"p","judge":{"provider":"judge.example","model":null},"rejudge":false,"app":null,"since":null,"until":5,"limit":null,"sample":null}\n',
  '{"at":[3,"tr_3"],"upTo":null,"finished":{"kind":"replayed","id":"tr_3","labelled":false,"selected":{"from":["GEN"],"to":["GEN","SHM"]},"judged":{"from":{"kind":"verdict","passed":true,"grounds":[],"model":"m","source":"logged"},"to":{"kind":"failure","reason":"judge_unparseable"}}}}\n',
  '{"at":[4,"tr_4"],"upTo":[3,"tr_3"],"finished":{"kind":"skipped","id":"tr_4","reason":"no_consent"}}\n',
]

const batchHeader: BatchHeader = {
  batch: 1,
  plan: {
    id: 'old',
    policy: 'default',
    digest: A,
    model: 'stand-in',
    samples: 1,
    consent: 'harvest',
    tenant: 'default',
    app: 'batch',
  },
  input: B,
  lines: 3,
  protocol: B,
  place: 'here',
}
const msmPlan = {
  policy: 'default',
  digest: A,
  texts: B,
  model: 'stand-in',
  provider: 'stand-in',
  assistant: 'the assistant',
  documents: 1,
  domains: 1,
  subdomains: 1,
  types: 1,
  assertions: 1,
}
const backtestHeader: BacktestHeader = {
  backtest: 1,
  policy: 'default',
  from: 'a',
  to: 'b',
  protocol: 'p',
  judge: { provider: 'judge.example', model: null },
  rejudge: false,
  app: null,
  since: null,
  until: 5,
  limit: null,
  sample: null,
}

const written = () => readFileSync(path, 'utf8')
const advice = 'Name another file'

async function openBacktest(header: BacktestHeader) {
  const lines: BacktestLine[] = []
  const onLine = (line: BacktestLine) => void lines.push(line)
  const begin = () => header
  const file = await openStateFile({ path, format: backtestState, begin, onLine, advice })
  return { file, lines }
}

describe('the state of a batch', () => {
  it('is gone on with, its torn end cut off', async () => {
    writeFileSync(path, `${BATCH.join('')}{"line":2,"tran`)
    const file = await openBatchFile(path, batchHeader)
    expect([1, 2, 3].map((line) => file.tally.has(line))).toEqual([true, false, false])
    expect(file.tally.read()).toMatchObject({ done: 1, tokens: 8291, lostTokens: 7 })
    file.add({ line: 2, transcript: null, outcome: 'failed', reason: 'line_unreadable', tokens: 0 })
    file.close()
    const added =
      '{"line":2,"transcript":null,"outcome":"failed","reason":"line_unreadable","tokens":0}\n'
    expect(written()).toBe(BATCH.join('') + added)
  })

  it('begins as it did', async () => {
    const file = await openBatchFile(path, batchHeader)
    file.close()
    expect(written()).toBe(BATCH[0])
  })
})

describe('the state of a documents job', () => {
  it('is gone on with, and its documents are read from the file', async () => {
    writeFileSync(path, MSM.join(''))
    const never = () => Promise.reject(new Error('begun anew'))
    const file = await openMsmFile(path, msmPlan, never)
    expect([file.header.precedents, file.tokens, file.model]).toEqual([
      ['a seed'],
      9400,
      'stand-in',
    ])
    expect(file.find('domains')).toMatchObject({ items: ['domain 1 (e7d1)'] })
    expect(file.find('document/0/0/0/0')).toMatchObject({ text: 'A document: ü' })
    expect(file.find('ideas/0/0/0')).toBeNull()
    file.add({ key: 'ideas/0/0/0', tokens: 1, failed: 'list_empty' })
    file.close()
    expect(written()).toBe(
      `${MSM.join('')}{"key":"ideas/0/0/0","tokens":1,"failed":"list_empty"}\n`,
    )
  })

  it('begins as it did, and not at all where its beginning fails', async () => {
    const broken = () => Promise.reject<MsmHeader>(new Error('no precedents'))
    await expect(openMsmFile(path, msmPlan, broken)).rejects.toThrow('no precedents')
    expect([written(), existsSync(`${path}.lock`)]).toEqual(['', false])
    const plan = { ...msmPlan, precedents: B }
    const file = await openMsmFile(path, msmPlan, async () => {
      return { msm: 1, plan, precedents: ['a seed'] }
    })
    file.close()
    expect(written()).toBe(MSM[0])
  })
})

describe('the state of a backtest', () => {
  it('is gone on with, and says where', async () => {
    writeFileSync(path, `${BACKTEST.join('')}{"at":[1767225`)
    const { file, lines } = await openBacktest(backtestHeader)
    const earlier = new EarlierRuns()
    for (const line of lines) earlier.add(line)
    expect(earlier.read()).toEqual({
      finished: 2,
      upTo: { time: 3, id: 'tr_3' },
      beyond: new Set(),
    })
    const position = { time: 4, id: 'tr_4' }
    const finished = { kind: 'skipped', id: 'tr_4', reason: 'no_consent' } as const
    file.append(backtestLine(finished, { at: position, upTo: { time: 3, id: 'tr_3' } }))
    file.close()
    expect(written()).toBe(BACKTEST.join('') + BACKTEST[2])
  })

  it('begins as it did', async () => {
    const { file } = await openBacktest(backtestHeader)
    file.close()
    expect(written()).toBe(BACKTEST[0])
  })
})

describe('a state file', () => {
  it.each([
    ['empty', ''],
    ['torn in its first line', BACKTEST[0]?.slice(0, 40) ?? ''],
  ])('that is %s is begun anew', async (_, text) => {
    writeFileSync(path, text)
    const { file, lines } = await openBacktest(backtestHeader)
    file.close()
    expect([written(), lines]).toEqual([BACKTEST[0], []])
  })

  it.each([
    ['of something else', 'my notes', 'it does not begin as one'],
    ['of another job', BATCH.join(''), 'it does not begin as one'],
    ['of another program', '{"backtest":1,"new":2}\n', 'it does not begin as one'],
    ['with another line', `${BACKTEST[0]}{"lost":1}\n`, 'line 2 is no line of such a job'],
    [
      'with other settings',
      BACKTEST.join('').replace('"to":"b"', '"to":"c"'),
      'it was begun with other settings (to: c there, b here)',
    ],
  ])('%s is left as it was', async (_, text, why) => {
    writeFileSync(path, text)
    const message = `${advice}: ${path} cannot be gone on with: `
    await expect(openBacktest(backtestHeader)).rejects.toThrow(message)
    await expect(openBacktest(backtestHeader)).rejects.toThrow(why)
    expect([written(), existsSync(`${path}.lock`)]).toEqual([text, false])
  })

  it('is one process’s at a time, and taken over from one that is gone', async () => {
    writeFileSync(`${path}.lock`, '1')
    await expect(openBacktest(backtestHeader)).rejects.toThrow('the same work is under way')
    writeFileSync(`${path}.lock`, String(2 ** 30))
    const { file } = await openBacktest(backtestHeader)
    expect(readFileSync(`${path}.lock`, 'utf8')).toBe(String(process.pid))
    file.close()
    expect(existsSync(`${path}.lock`)).toBe(false)
  })
})
