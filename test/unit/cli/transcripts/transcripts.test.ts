import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleOf } from '../../../contract/fake-gateway.ts'
import { sampleVerdict } from '../../../fakes/deliberation.ts'
import { fillStore, idOf, loggedTranscript } from '../../../fakes/logged-transcripts.ts'
import { chambersIn } from '../chambers.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'chambers-transcripts-'))
const chambers = chambersIn({ DATA_DIR: dataDir })
const bundle = bundleOf('garden', 'enforce')
const STEERING = '\u001B[2J\u202Eevil'

beforeAll(async () => {
  const of = (number: number, prompt: string, answer?: string) =>
    loggedTranscript({
      bundle,
      protocol: { digest: 'f'.repeat(64) },
      number,
      prompt,
      ...(answer !== undefined && { answer }),
      verdict: {
        passed: false,
        reasons: ['violation:SHM3'],
        findings: [
          ...sampleVerdict.findings,
          {
            clause: 'SHM3',
            finding: 'violated',
            severity: 'high',
            evidence: 'a\nword',
            hint: null,
          },
        ],
      },
    })
  await fillStore(dataDir, [
    of(1, 'first'),
    of(2, `second ${STEERING}`, `said ${STEERING}`),
    of(3, 'third'),
  ])
})
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

describe('a list', () => {
  it('has the newest first, and says how to go on', async () => {
    const { code, stdout, stderr } = await chambers('transcripts', 'list', '--limit', '2')
    expect(code).toBe(0)
    expect(stdout.match(/tr_[0-9a-f]{32}/g)).toEqual([idOf(3), idOf(2)])
    const [, cursor = ''] = /add --cursor (\S+)/.exec(stderr) ?? []
    const rest = await chambers('transcripts', 'list', '--limit', '2', '--cursor', cursor)
    expect(rest.stdout.match(/tr_[0-9a-f]{32}/g)).toEqual([idOf(1)])
    expect(rest.stderr).toBe('')
  })

  it.each([
    [['--policy', 'garden'], 3],
    [['--from', '2026-01-01', '--to', '2026-01-01'], 3],
    [['--app', 'nobody'], 0],
    [['--decision', 'refuse'], 0],
  ])('asked for %j has %i', async (args, count) => {
    const { stdout } = await chambers('transcripts', 'list', '--json', ...args)
    expect(stdout.split('\n').filter(Boolean)).toHaveLength(count)
  })

  it('says which range it has read where there is none', async () => {
    const { code, stdout } = await chambers('transcripts', 'list', '--to', '2025-12-31')
    expect([code, stdout]).toEqual([
      0,
      'No transcript is as you asked, before 2026-01-01T00:00Z (UTC)\n',
    ])
  })
})

describe('a name that is nowhere', () => {
  const list = (...args: string[]) => chambers('transcripts', 'list', ...args)

  it.each([
    [['--policy', 'gardn'], 'No policy is called gardn: did you mean garden?\n'],
    [['--policy', 'nothing-like-it'], 'there are agentic, default, garden\n'],
    [
      ['--section', 'SHMM', '--policy', 'default'],
      'No section is called SHMM: did you mean SHM?\n',
    ],
    [['--app', 'nobody'], 'No app is called nobody: there are '],
  ])('is told, with the one that was meant: %j', async (args, told) => {
    const { code, stdout, stderr } = await list(...args)
    expect([code, stdout]).toEqual([0, 'No transcript is as you asked\n'])
    expect(stderr).toContain(told)
  })

  it('is told by every command that finds nothing by it', async () => {
    const out = join(dataDir, 'out')
    for (const command of [
      ['harvest', 'stats', '--policy', 'gardn'],
      ['harvest', 'golden', '--out', join(dataDir, 'g.jsonl'), '--policy', 'gardn'],
      ['harvest', 'export', '--out', out, '--policy', 'gardn'],
      ['keys', 'create', '--policy', 'gardn'],
    ]) {
      const { stderr } = await chambers(...command)
      expect([command[1], stderr]).toEqual([
        command[1],
        expect.stringContaining('No policy is called gardn: did you mean garden?'),
      ])
    }
  })

  it('is not told of where there is nothing by other reasons', async () => {
    const { stderr } = await list('--policy', 'default')
    expect(stderr).toBe('')
  })
})

describe('one that is shown', () => {
  it('has what was asked, decided and found, and no reasoning unless it is asked for', async () => {
    const { stdout, stderr } = await chambers('transcripts', 'show', idOf(1))
    expect(stdout).toMatch(/user +first/)
    expect(stdout).toMatch(/decision +safe_complete; SHM1/)
    expect(stdout).toContain('violated SHM3  “a word”')
    expect(stdout).toContain('met SHM1')
    expect(stdout).not.toContain('REASONING')
    expect(stderr).toContain('--reasoning shows it')
    const whole = await chambers('transcripts', 'show', idOf(1), '--reasoning')
    expect(whole.stdout).toMatch(/reasoning +REASONING of the model/)
    expect(whole.stderr).toBe('')
  })

  it('is noted in the audit log where its reasoning is shown, and only there', async () => {
    const views = async () =>
      (await chambers('audit', 'list', '--json')).stdout
        .split('\n')
        .filter((line) => line.includes('"transcript.view"'))
        .map((line) => JSON.parse(line))
    const before = await views()
    await chambers('transcripts', 'show', idOf(2))
    expect(await views()).toEqual(before)
    await chambers('transcripts', 'show', idOf(2), '--reasoning')
    expect((await views()).slice(before.length)).toMatchObject([
      { actor: expect.stringMatching(/^cli:/), details: { transcript: idOf(2) } },
    ])
  })

  it('has none as JSON either', async () => {
    const { stdout } = await chambers('transcripts', 'show', idOf(1), '--json')
    expect(JSON.parse(stdout)).toMatchObject({ id: idOf(1), labels: [] })
    expect(stdout).not.toContain('REASONING')
  })

  it('steers no terminal', async () => {
    const { stdout } = await chambers('transcripts', 'show', idOf(2))
    expect(stdout).toContain('second \uFFFD[2J\uFFFDevil')
    expect(stdout).not.toMatch(/\p{Cc}\[|\u202E/u)
  })

  it('is missed by its id', async () => {
    expect(await chambers('transcripts', 'show', idOf(9))).toEqual({
      code: 1,
      stdout: '',
      stderr: `No such transcript: ${idOf(9)}\n`,
    })
  })
})

describe('a label', () => {
  const label = (...args: string[]) => chambers('transcripts', 'label', idOf(3), ...args)

  it('is said by whoever says it, and shown', async () => {
    const file = join(dataDir, 'answer.txt')
    writeFileSync(file, 'Better words.')
    expect((await label('--kind', 'good', '--note', 'fine')).code).toBe(0)
    expect((await label('--kind', 'edited_answer', '--answer-file', file)).code).toBe(0)
    const { stdout } = await chambers('transcripts', 'show', idOf(3))
    expect(stdout).toMatch(/cli:\S+ {2}good {2}fine/)
    expect(stdout).toContain('edited_answer  “Better words.”')
  })

  it.each([
    [[], 'Say what it is, with --kind: good, bad'],
    [['--kind', 'best'], 'Set --kind to good, bad'],
    [['--kind', 'good', '--decision', 'comply'], 'Leave out --decision with good'],
    [['--kind', 'wrong_decision'], 'Say what is right, with --decision: comply'],
    [['--kind', 'edited_answer'], 'with --answer or --answer-file'],
    [['--kind', 'note'], 'Say it, with --note'],
    [
      ['--kind', 'edited_answer', '--answer-file', '/nowhere/at/all'],
      'Name a file that can be read',
    ],
  ])('used wrongly with %j is told', async (args, message) => {
    const { code, stdout, stderr } = await label(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })
})
