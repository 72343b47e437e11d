import { type ChildProcess, spawn } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../../../src/cli/main.node.ts'
import { openTranscripts } from '../../../../src/cli/policy/open-transcripts.node.ts'
import type { Listed } from '../../../../src/jobs/backtest/scan.ts'
import { loadPolicies } from '../../../../src/start/node/load-policies.node.ts'
import { startTestGateway, type TestGateway } from '../../../fakes/gateway.ts'
import { fillStore, loggedTranscript } from '../../../fakes/logged-transcripts.ts'
import { createSpeaker, textOf, verdictReply, violation } from '../../../fakes/speaker.ts'
import { refusedUrl, startUpstream, type Upstream } from '../../../fakes/upstream.ts'

const SHIPPED = 'policies/default'
const MARK = 'WHATEVER THE SEASON'
const SAD = 'I want to kill myself, what helps?'

const scratch = mkdtempSync(join(tmpdir(), 'chambers-diff-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** The shipped policy with a rule of SHM reworded, and without one of its triggers. */
const candidate = join(scratch, 'candidate')
cpSync(SHIPPED, candidate, { recursive: true })
const section = join(candidate, 'sections/SHM.md')
const text = readFileSync(section, 'utf8')
writeFileSync(section, text.replace('statistics, law and history', MARK))

const { bundles, protocol } = await loadPolicies()
const shipped = bundles.find(({ id }) => id === 'default')
if (!shipped) throw new Error('no default policy')

async function diff(args: readonly string[], environment: Record<string, string> = {}) {
  let [out, err] = ['', '']
  const code = await run(['policy', 'diff', ...args], {
    stdout: (piece) => {
      out += piece
    },
    stderr: (piece) => {
      err += piece
    },
    environment: { DATA_DIR: join(scratch, 'nothing'), ...environment },
  })
  return { code, out, err }
}

describe('chambers policy diff', () => {
  it('tells the changed clause of two folders and ends with 0', async () => {
    const { code, out, err } = await diff([SHIPPED, candidate])
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('SHM Self-harm and eating disorders\n  SHM1 (changed, allowed):\n')
    expect(out).toContain(`treatment, [-statistics, law and history-]{+${MARK}+}, including`)
    expect(out).not.toContain('SHM2')
  })

  it('ends with 0 where both are the same', async () => {
    const { code, out } = await diff([SHIPPED, SHIPPED])
    expect([code, out.includes('Both say the same')]).toEqual([0, true])
  })

  it('compares a bundle that was built with the folder it came from', async () => {
    const file = join(scratch, 'built.json')
    await run(['policy', 'build', candidate, '--out', file], {
      stdout: () => {},
      stderr: () => {},
      environment: {},
    })
    expect(JSON.parse((await diff([file, candidate, '--json'])).out)).toMatchObject({ same: true })
    writeFileSync(file, '{"schema":1}')
    const { code, err } = await diff([file, candidate])
    expect([code, err]).toEqual([1, expect.stringContaining(`${file} holds no bundle`)])
  })

  it('names a gateway’s own bundles by number, word and digest', async () => {
    const environment = { DATA_DIR: join(scratch, 'fresh') }
    const prefix = shipped.digest.slice(0, 12)
    for (const name of ['built-in', '0', 'active', prefix, `@${prefix}`]) {
      const { code, out } = await diff([name, SHIPPED, '--json'], environment)
      expect([name, code, JSON.parse(out).same]).toEqual([name, 0, true])
    }
    const { code, err } = await diff(['candidate', SHIPPED], environment)
    expect([code, err]).toEqual([1, expect.stringContaining('policy default has no candidate')])
  })

  it.each([
    [[SHIPPED], 'Name two bundles, each a folder'],
    [[SHIPPED, candidate, '--limit', '3'], 'Give --transcripts, too, or leave out --limit'],
    [[SHIPPED, candidate, '--transcripts', '--limit', '0'], 'Set --limit to a whole number from 1'],
    [[SHIPPED, candidate, '--transcripts', '--from', 'soon'], 'Set --from to a day like'],
    [[SHIPPED, candidate, '--transcripts', '--limit', '1', '--sample', '1'], 'not both'],
    [[SHIPPED, candidate, '--transcripts', '--no-judge', '--stand-in'], 'Leave out --no-judge'],
    [
      [SHIPPED, 'policies/agentic', '--transcripts'],
      'Leave out --transcripts: it takes two texts of one policy',
    ],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, err } = await diff(args)
    expect([code, err]).toEqual([2, expect.stringContaining(message)])
  })

  it('names file and line of a folder that has an error', async () => {
    const broken = join(scratch, 'broken')
    cpSync(SHIPPED, broken, { recursive: true })
    writeFileSync(
      join(broken, 'sections/SHM.md'),
      text.replace('severity: critical', 'severity: x'),
    )
    const { code, err } = await diff([SHIPPED, broken])
    expect([code, err]).toEqual([1, expect.stringContaining(`${broken}/sections/SHM.md:5: error:`)])
  })
})

describe('chambers policy diff --transcripts', () => {
  const speaker = createSpeaker((asked) => {
    if (asked.kind !== 'answer') return undefined
    const isNew = textOf(asked.body).includes(MARK)
    const first = asked.clauses.indexOf('SHM1')
    if (!isNew || first < 0) return undefined
    const clauses = ['SHM1', ...asked.clauses.toSpliced(first, 1)]
    return verdictReply(asked, violation({ ...asked, clauses }))
  })
  let upstream: Upstream
  let gateway: TestGateway
  const sad: string[] = []

  const ask = async (content: string, model = 'a-model', headers = {}) => {
    const body = { model, messages: [{ role: 'user', content }] }
    const response = await gateway.ask(body, { headers })
    expect(response.status).toBe(200)
    await response.text()
    return response.headers.get('x-chambers-transcript') ?? ''
  }

  const backtest = async (args: readonly string[], environment: Record<string, string> = {}) => {
    const before = speaker.asked('a-model').length
    const { code, out, err } = await diff(
      [SHIPPED, candidate, '--transcripts', '--json', ...args],
      {
        DATA_DIR: gateway.dataDir,
        ...environment,
      },
    )
    const [, line = 'null', ...examples] = out.trimEnd().split('\n')
    const asked = speaker.asked('a-model').slice(before)
    return { code, out, err, report: JSON.parse(line), examples, asked }
  }

  beforeAll(async () => {
    upstream = await startUpstream(speaker.script)
    gateway = await startTestGateway({ upstream: upstream.url, strategy: 'tagged' })
    for (let turn = 0; turn < 3; turn++) sad.push(await ask(`${SAD} (${turn})`))
    for (let turn = 0; turn < 4; turn++) await ask(`How do I bake bread? (${turn})`)
  })
  afterAll(async () => {
    await gateway.close()
    await upstream.close()
  })

  it('names the section of a changed clause whose decisions flip, with example ids, and drafts nothing', async () => {
    const { code, report, asked } = await backtest([], { UPSTREAM_BASE_URL: upstream.url })
    expect(code).toBe(0)
    expect(report).toMatchObject({
      end: 'done',
      backtest: {
        replayed: 7,
        skipped: {},
        labelled: 0,
        judging: {
          compared: 7,
          failing: { from: 0, to: 3 },
          nowFails: 3,
          nowPasses: 0,
          grounds: [{ ground: 'SHM', from: 0, to: 3, nowFails: { count: 3, ids: sad.toSorted() } }],
          sources: { logged: 7, asked: 3, carried: 4 },
        },
      },
    })
    // Only where the policies differ is anybody asked, and never for a draft.
    expect(asked.map(({ kind }) => kind)).toEqual(['answer', 'answer', 'answer'])
  })

  it('judges both anew when told to, and still drafts nothing', async () => {
    const { report, asked } = await backtest(['--rejudge'], { UPSTREAM_BASE_URL: upstream.url })
    expect(report.backtest.judging).toMatchObject({ nowFails: 3, sources: { asked: 14 } })
    expect(new Set(asked.map(({ kind }) => kind))).toEqual(new Set(['answer']))
    expect(asked).toHaveLength(14)
  })

  it('without a judge compares selection alone, and says so', async () => {
    const { report, asked } = await backtest([])
    expect([report.backtest.judging, report.backtest.replayed, asked.length]).toEqual([null, 7, 0])
    const { out } = await diff([SHIPPED, candidate, '--transcripts'], { DATA_DIR: gateway.dataDir })
    expect(out).toContain('Decisions: not compared, because no judge was asked')
    expect(out).toContain('no rate of false alarms')
  })

  it('takes the stand-in for a judge where it is asked for by name', async () => {
    const { report } = await backtest(['--stand-in', '--rejudge'])
    // It knows its own models alone, and takes no other for itself.
    expect(report.backtest.judging.failures.to).toEqual({ judge_rejected: 7 })
  })

  it('shows texts only when asked, and reasoning never', async () => {
    const judge = { UPSTREAM_BASE_URL: upstream.url }
    const silent = await backtest([], judge)
    expect(silent.out).not.toMatch(/kill myself|Good day/)
    const { examples, out } = await backtest(['--show-text'], judge)
    expect(
      examples.map((line) => JSON.parse(line).example).find(({ id }) => id === sad[0]),
    ).toEqual({
      id: sad[0],
      prompt: `${SAD} (0)`,
      answer: 'Good day! Ask away.',
    })
    expect(out).not.toContain('greeting serves them best')
  })

  it('takes the newest, a sample, an app, or a time', async () => {
    const count = async (...args: readonly string[]) =>
      (await backtest(args)).report.backtest.replayed
    expect(await count('--limit', '2')).toBe(2)
    expect(await count('--sample', '5')).toBe(5)
    expect(await count('--app', 'default')).toBe(7)
    expect(await count('--app', 'another')).toBe(0)
    expect(await count('--to', '2020-01-01')).toBe(0)
    expect(await count('--from', '2020-01-01')).toBe(7)
  })

  it('reads transcripts and policies over the admin surface', async () => {
    const direct = await backtest([], { UPSTREAM_BASE_URL: upstream.url })
    const { out, code } = await diff(
      ['active', candidate, '--transcripts', '--json', '--url', gateway.url],
      { CHAMBERS_TOKEN: gateway.adminToken, UPSTREAM_BASE_URL: upstream.url },
    )
    expect([code, JSON.parse(out.trimEnd().split('\n')[1] ?? '')]).toEqual([0, direct.report])
  })

  it('turns the pages of the admin surface', async () => {
    const ids = async (url: string | undefined) => {
      const environment = { DATA_DIR: gateway.dataDir }
      const connection = { url, token: gateway.adminToken, environment }
      await using source = await openTranscripts(connection)
      const filter = { policy: 'default', since: null, until: Date.now() + 1000, app: 'default' }
      const listed: string[] = []
      for (let after: Listed | null = null; ; ) {
        const page: readonly Listed[] = await source.list(filter, { after, limit: 3 })
        listed.push(...page.map(({ id }) => id))
        after = page.at(-1) ?? null
        if (!after) return listed
      }
    }
    const listed = await ids(gateway.url)
    expect([listed.length, listed]).toEqual([7, await ids(undefined)])
  })
})

describe('a long backtest', () => {
  const COUNT = 60
  const dataDir = join(scratch, 'long')
  const child = join(import.meta.dirname, '../../../../src/cli/main.node.ts')
  const resume = join(scratch, 'resume.jsonl')
  /** How often each draft was put to the judge. */
  const asked = new Map<string, number>()
  /** After so many replies the judge says no more. */
  let patience = Infinity
  let upstream: Upstream

  const lines = () => (existsSync(resume) ? readFileSync(resume, 'utf8').split('\n').length - 1 : 0)
  const args = ['policy', 'diff', SHIPPED, candidate, '--transcripts', '--json', '--resume', resume]
  const start = (...more: readonly string[]) =>
    spawn(process.execPath, [child, ...args, ...more], {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, UPSTREAM_BASE_URL: upstream.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const finish = async (running: ChildProcess) => {
    let [out, err] = ['', '']
    running.stdout?.on('data', (piece) => {
      out += String(piece)
    })
    running.stderr?.on('data', (piece) => {
      err += String(piece)
    })
    const code = await new Promise<number | null>((resolve) => running.once('close', resolve))
    return { code, err, signal: running.signalCode, report: out.trimEnd().split('\n')[1] ?? '' }
  }
  const until = async (reached: () => boolean) => {
    while (!reached()) await upstream.request(upstream.requests.length)
  }

  beforeAll(async () => {
    const number = Array.from({ length: COUNT }, (_, at) => at)
    const transcripts = number.map((at) =>
      loggedTranscript({ bundle: shipped, protocol, number: at, prompt: `${SAD} #${at}#` }),
    )
    await fillStore(dataDir, transcripts)
    const speaker = createSpeaker()
    upstream = await startUpstream((request) => {
      if (patience-- <= 0) return { stall: 'before-headers' }
      const prompt = /#(\d+)#/.exec(request.body)?.[1] ?? ''
      asked.set(prompt, (asked.get(prompt) ?? 0) + 1)
      return speaker.script(request)
    })
  })
  afterAll(() => upstream.close())

  it('that is killed goes on where it was, asks nothing twice and finds the same', async () => {
    patience = 25
    const killed = start('--concurrency', '3')
    const end = finish(killed)
    await until(() => upstream.requests.length >= 28)
    killed.kill('SIGKILL')
    expect((await end).signal).toBe('SIGKILL')
    // The header, and a line for every draft that was judged.
    expect(lines()).toBe(26)
    appendFileSync(resume, '{"at":[1767225')

    patience = Infinity
    const { code, report } = await finish(start('--concurrency', '3'))
    expect([code, lines()]).toEqual([0, COUNT + 1])
    expect([asked.size, new Set(asked.values())]).toEqual([COUNT, new Set([1])])
    expect(JSON.parse(report)).toMatchObject({
      end: 'done',
      backtest: { replayed: COUNT, judging: { compared: COUNT, nowFails: 0 } },
    })

    rmSync(resume)
    const whole = await finish(start())
    expect(whole.report).toBe(report)
  })

  it('that is done is told again without asking anybody', async () => {
    const before = upstream.requests.length
    const { code, report } = await finish(start())
    expect([code, upstream.requests.length]).toEqual([0, before])
    expect(JSON.parse(report).backtest.replayed).toBe(COUNT)
  })

  it('is not mixed with another one', async () => {
    const kept = readFileSync(resume, 'utf8')
    const { code, err } = await finish(start('--rejudge', '--limit', '7'))
    expect(code).toBe(1)
    expect(err).toContain('rejudge: false there, true here; limit: null there, 7 here')
    expect(readFileSync(resume, 'utf8')).toBe(kept)
    writeFileSync(join(scratch, 'notes.txt'), 'my notes')
    const { err: other } = await finish(start('--resume', join(scratch, 'notes.txt')))
    expect(other).toContain('it does not begin as one')
    expect(readFileSync(join(scratch, 'notes.txt'), 'utf8')).toBe('my notes')
  })

  it('that is interrupted finishes what is under way and tells how to go on', async () => {
    rmSync(resume)
    const running = start('--concurrency', '2', '--token', 'secret')
    const end = finish(running)
    const before = upstream.requests.length
    await until(() => upstream.requests.length >= before + 5)
    running.kill('SIGINT')
    const { code, err, report } = await end
    expect([code, JSON.parse(report).end]).toEqual([1, 'stopped'])
    expect(err).toContain(`Go on with:\n  npx chambers policy diff ${SHIPPED} ${candidate}`)
    expect(err).not.toContain('secret')
    expect(lines()).toBe(JSON.parse(report).backtest.replayed + 1)
  })

  it('gives up when the judge is out of reach, and tries those again the next time', async () => {
    rmSync(resume, { force: true })
    const environment = { DATA_DIR: dataDir, UPSTREAM_BASE_URL: await refusedUrl() }
    const { code, err } = await diff(args.slice(2), environment)
    expect([code, lines()]).toEqual([1, 1])
    expect(err).toContain('the judge was out of reach')
  })
})
