import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { systemClock, systemRandom } from '../../../../src/lib/clock.ts'
import { readConfig } from '../../../../src/start/config.ts'
import { openDatabase } from '../../../../src/start/node/open-database.node.ts'
import type { Transcript } from '../../../../src/transcript/record/record.ts'
import { encryptAtOnce } from '../../../../src/transcript/seal/encrypt.node.ts'
import { createSeal } from '../../../../src/transcript/seal/seal.ts'
import { startGatewayProcess } from '../../../fakes/gateway-process.ts'
import { fillDatabase, fillStore } from '../../../fakes/logged-transcripts.ts'
import { chambersIn } from '../../../unit/cli/chambers.ts'
import { plant } from '../../../unit/harvest/stages/plant.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-stats-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0

async function statsOf(transcripts: readonly Transcript[], ...args: readonly string[]) {
  const dataDir = join(root, `data-${++folders}`)
  await fillStore(dataDir, transcripts)
  return chambersIn({ DATA_DIR: dataDir })('harvest', 'stats', ...args)
}

const PROMPT = 'PROMPT of somebody who would rather not be quoted'

const store = () => [
  plant(1),
  plant(2, { prompt: PROMPT, answer: 'The very same answer to all who ask.' }),
  plant(3, { prompt: PROMPT, answer: 'The very same answer to all who ask.' }),
  plant(4, {
    consent: 'audit',
    decision: 'refuse',
    answer: 'I cannot help with that.',
    verdict: { samples: 3, samplesPassed: 2 },
    review: { samples: 3, samplesPassed: 3 },
  }),
  plant(5, { consent: 'none' }),
  plant(6, { rights: 'none', review: { passed: false, missingSections: ['WPN'] } }),
  plant(7, { cited: ['SHM1', 'XYZ2'], citationsPassed: false }),
]

describe('chambers harvest stats', () => {
  it('counts what the index and the contents tell', async () => {
    const { code, stdout } = await statsOf(store(), '--json')
    expect(code).toBe(0)
    const stats = JSON.parse(stdout)
    expect(stats).toMatchObject({
      transcripts: 7,
      harvestable: 4,
      contents: { read: 6, missing: 1, unreadable: 0 },
      consent: { audit: 1, harvest: 5, none: 1 },
      rights: { none: 1, open: 6 },
      outcomes: { redrafted: 7 },
      decisions: { refuse: 1, safe_complete: 6 },
      tokens: { prompt: 1400, completion: 280 },
      duplicates: { compared: 6, exact: 1, near: 0 },
      retrieval: {
        drafts: 6,
        citing: 6,
        grounded: 5,
        missing: 1,
        sections: [
          { section: 'SHM', injected: 6, cited: 6, missed: 0 },
          { section: 'WPN', injected: 0, cited: 0, missed: 1 },
          { section: 'XYZ', injected: 0, cited: 1, missed: 0 },
        ],
      },
      judging: {
        verdicts: 12,
        channels: { compared: 6, differ: 1 },
        samples: { compared: 2, differ: 1 },
        decisions: { compared: 6, differ: 0 },
      },
    })
    expect(stats.sections).toEqual([
      {
        name: 'SHM',
        transcripts: 7,
        outcomes: { redrafted: 7 },
        decisions: { refuse: 1, safe_complete: 6 },
      },
    ])
    expect(stats.digests).toEqual([
      expect.objectContaining({ name: `default@${'b'.repeat(64)}`, transcripts: 7 }),
    ])
  })

  it('prints tables of 80 columns, and no text of anybody', async () => {
    const { stdout, stderr } = await statsOf(store())
    expect(stdout).toContain('7, 4 of them may be harvested')
    expect(stdout).toContain('1 exact, 0 near, of 6 answers')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(`${stdout}${stderr}`).not.toMatch(/PROMPT|REASONING|very same|person asks/)
  })

  it('looks at the time and the policy it is asked for', async () => {
    const before = await statsOf(store(), '--json', '--to', '2026-01-01T00:00:03Z')
    expect(JSON.parse(before.stdout).transcripts).toBe(2)
    const other = await statsOf(store(), '--policy', 'another')
    expect(other).toMatchObject({ code: 0, stdout: 'No transcripts\n' })
  })

  it('tells the same through a gateway', async () => {
    const dataDir = join(root, 'served')
    await fillStore(dataDir, store())
    const stats = chambersIn({ DATA_DIR: dataDir })
    const here = JSON.parse((await stats('harvest', 'stats', '--json')).stdout)
    const gateway = await startGatewayProcess(dataDir)
    try {
      const there = await stats('harvest', 'stats', '--json', '--url', gateway.url)
      expect(there.stderr).toBe('')
      expect(JSON.parse(there.stdout)).toEqual(here)
    } finally {
      await gateway.kill()
    }
  })

  it('counts what is sealed as unreadable, unless the key is given', async () => {
    const dataDir = join(root, 'sealed')
    const keyFile = join(root, 'transcript-key.json')
    const asked = ['keys', 'keypair', '--for', 'transcripts', '--out', keyFile, '--json']
    const made = await chambersIn({ DATA_DIR: dataDir })(...asked)
    const read = readConfig({ DATA_DIR: dataDir, TRANSCRIPT_KEY: made.stdout }, 'node')
    if (!read.ok) throw new Error(read.failure.join())
    const { config } = read.value
    const key = config.transcriptKey
    if (!key) throw new Error('There is a key')
    const database = await openDatabase(config)
    const ports = { clock: systemClock, random: systemRandom, encrypt: encryptAtOnce }
    await fillDatabase(database, store(), await createSeal({ key, ...ports }))
    await database.close()
    const stats = chambersIn({ DATA_DIR: dataDir })
    const shut = JSON.parse((await stats('harvest', 'stats', '--json')).stdout)
    expect(shut).toMatchObject({
      transcripts: 7,
      contents: { read: 0, missing: 1, unreadable: 6 },
      retrieval: { drafts: 0 },
    })
    const open = JSON.parse((await stats('harvest', 'stats', '--json', '--key', keyFile)).stdout)
    expect(open).toMatchObject({
      contents: { read: 6, missing: 1, unreadable: 0 },
      retrieval: { drafts: 6 },
    })
  })

  it('says how to name a time', async () => {
    const { code, stderr } = await statsOf([], '--from', 'soon')
    expect(code).toBe(2)
    expect(stderr).toContain(
      'Set --from to a day like 2027-01-31, or a moment like 2027-01-31T12:00Z: soon',
    )
  })
})
