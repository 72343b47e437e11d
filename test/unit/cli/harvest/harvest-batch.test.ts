import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { type Speak, textOf, verdict, verdictReply } from '../../../fakes/speaker.ts'
import { errorReply, startUpstream } from '../../../fakes/upstream.ts'
import { openScene, question, type Scene } from '../../jobs/batch/scene.ts'
import { chambersIn } from '../chambers.ts'

const scenes: Scene[] = []
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.close()
})

async function open(lines: readonly object[], speak?: Speak): Promise<Scene> {
  const scene = await openScene(lines, speak ? { speak } : {})
  scenes.push(scene)
  return scene
}

const prompts = (count: number) =>
  Array.from({ length: count }, (_, number) => ({ prompt: question(number + 100) }))

async function batch({ environment, input }: Scene, ...args: readonly string[]) {
  const ran = await chambersIn(environment)('harvest', 'batch', input, '--model', 'm', ...args)
  const summary = args.includes('--json') && ran.stdout !== '' ? JSON.parse(ran.stdout).batch : null
  return { ...ran, summary }
}

describe('chambers harvest batch --enqueue', () => {
  it('hands each prompt to the gateway, and goes on where it was interrupted', async () => {
    const scene = await open(prompts(250))
    const taken: number[] = []
    const gateway = await startUpstream(({ json }, index) => {
      if (index === 1) return { hangUp: true }
      const { lines } = json as { readonly lines: readonly { readonly line: number }[] }
      taken.push(...lines.map(({ line }) => line))
      return { json: { batch: 'mine', queued: lines.length } }
    })
    const url = gateway.url.replace('/v1', '')
    const place = ['--enqueue', '--url', url, '--token', 'secret']
    const what = ['--revision', 'policies/default', '--batch', 'mine', '--json']
    const handOver = () => batch(scene, ...place, ...what)
    const first = await handOver()
    expect([first.code, first.stderr]).toEqual([1, expect.stringContaining('Cannot reach')])
    const second = await handOver()
    await gateway.close()
    expect([second.code, second.summary.outcomes]).toEqual([0, { queued: 250 }])
    expect(taken).toEqual(Array.from({ length: 250 }, (_, at) => at + 1))
    const [request] = gateway.requests
    expect([request?.url, request?.headers.authorization]).toEqual([
      '/admin/v1/batches',
      'Bearer secret',
    ])
    expect(request?.json).toMatchObject({ id: 'mine', policy: 'default', model: 'm', samples: 1 })
    expect(scene.upstream.requests).toHaveLength(0)
  })
})

describe('chambers harvest batch', () => {
  it('lands prompts as transcripts of the batch, under one digest', async () => {
    const scene = await open([
      { id: 'first', prompt: question(1), section: 'SHM' },
      { messages: [{ role: 'user', content: question(2) }], parameters: { temperature: 0 } },
    ])
    const { code, summary } = await batch(scene, '--json', '--batch', 'mine', '--tenant', 't')
    expect(code).toBe(0)
    expect(summary).toMatchObject({ id: 'mine', prompts: 2, done: 2, outcomes: { released: 2 } })
    const transcripts = await scene.transcripts()
    expect(transcripts.map(({ session }) => session)).toEqual(['batch:mine', 'batch:mine'])
    expect(transcripts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          tenant: 't',
          app: 'batch',
          mode: 'enforce',
          consent: 'harvest',
          request: { model: 'm', messages: [{ role: 'user', content: question(1) }] },
          policy: expect.objectContaining({ digest: summary.digest }),
          upstream: expect.objectContaining({ trainingRights: 'internal' }),
          selection: expect.arrayContaining([
            expect.objectContaining({ section: 'SHM', full: true }),
          ]),
          batch: { id: 'mine', line: 1, item: 'first', section: 'SHM', samples: 1, opinions: [] },
        }),
        expect.objectContaining({
          request: {
            model: 'm',
            messages: [{ role: 'user', content: question(2) }],
            temperature: 0,
          },
        }),
      ]),
    )
  })

  it('asks for so many samples of each channel, and the lowest counts', async () => {
    const speak: Speak = (asked) => {
      const isThird = asked.kind === 'answer' && asked.earlier === 2
      return isThird ? verdictReply(asked, verdict(asked, { helpfulness: 5 })) : undefined
    }
    const scene = await open(prompts(1), speak)
    expect(await batch(scene, '--samples', '3')).toMatchObject({ code: 0 })
    expect(scene.upstream.requests).toHaveLength(1 + 2 * 3)
    const [transcript] = await scene.transcripts()
    expect(transcript?.batch?.samples).toBe(3)
    const [answer, reasoning] = transcript?.attempts[0]?.verdicts ?? []
    expect([answer?.samples, answer?.scores.helpfulness]).toEqual([3, 5])
    expect(reasoning?.samples).toBe(3)
  })

  it('tells reviews of hints as another opinion, and drafts of nothing', async () => {
    const hints = [
      { source: 'another AI', ideal_response: 'refuse', note: 'Zebras are involved.' },
      { ideal_response: 'comply' },
    ]
    const heard: { readonly kind: string; readonly text: string }[] = []
    const speak: Speak = (asked) => {
      heard.push({ kind: asked.kind, text: textOf(asked.body) })
      if (asked.kind !== 'answer') return undefined
      const findings = asked.clauses.map((clause) => {
        return { clause, finding: 'violated', evidence: null, hint: 'Zebras are involved.' }
      })
      // The first draft fails, so that there is a second one to look at.
      return asked.earlier === 0 ? verdictReply(asked, verdict(asked, { findings })) : undefined
    }
    const scene = await open([{ prompt: question(1), hints }], speak)
    expect(await batch(scene)).toMatchObject({ code: 0 })
    const drafts = heard.filter(({ kind }) => kind === 'draft')
    const reviews = heard.filter(({ kind }) => kind !== 'draft')
    expect([drafts.length, reviews.length]).toEqual([2, 4])
    for (const { text } of drafts) expect(text).not.toMatch(/zebra|another AI/i)
    for (const { text } of reviews) {
      expect(text).toContain('"ideal":"refuse","note":"Zebras are involved."')
    }
    const [transcript] = await scene.transcripts()
    expect(transcript?.outcome.kind).toBe('redrafted')
    const because = 'The clauses say otherwise.'
    expect(transcript?.attempts[1]?.verdicts.map(({ opinions }) => opinions)).toEqual([
      [
        { opinion: 1, stance: 'disagree', because },
        { opinion: 2, stance: 'disagree', because },
      ],
      [
        { opinion: 1, stance: 'disagree', because: null },
        { opinion: 2, stance: 'disagree', because: null },
      ],
    ])
  })

  it('asks nothing before every line is right', async () => {
    const scene = await open(prompts(3))
    appendFileSync(scene.input, '{"prompt":""}\nnot json\n')
    const { code, stderr } = await batch(scene)
    expect(code).toBe(1)
    expect(stderr).toContain('Mend the input first; nothing was asked yet')
    expect(stderr).toContain('prompts.jsonl:4: mend prompt')
    expect(stderr).toContain('prompts.jsonl:5: write one JSON object (not_json)')
    expect(scene.upstream.requests).toHaveLength(0)
  })

  it('says that there is no such file of prompts', async () => {
    const scene = await open(prompts(1))
    rmSync(scene.input)
    const { code, stderr } = await batch(scene)
    expect([code, stderr]).toEqual([2, `Name a file of prompts: there is none at ${scene.input}\n`])
  })

  it('records for good what fails for good, and does not ask again', async () => {
    const speak: Speak = ({ body }) =>
      textOf(body).includes(question(101))
        ? errorReply(400, { code: 'content_filter', message: 'No.' })
        : undefined
    const scene = await open(prompts(3), speak)
    const { code, summary } = await batch(scene, '--json')
    expect([code, summary.outcomes, summary.failures]).toEqual([
      0,
      { released: 2, failed: 1 },
      { model_rejected: 1 },
    ])
    const asked = scene.upstream.requests.length
    expect((await batch(scene, '--json')).summary.outcomes).toEqual({ released: 2, failed: 1 })
    expect(scene.upstream.requests).toHaveLength(asked)
  })

  it('stops in order when the budget is spent, and goes on from there', async () => {
    const scene = await open(prompts(10))
    // 15 tokens a call, three calls a prompt.
    const first = await batch(scene, '--budget-tokens', '200', '--concurrency', '2', '--json')
    expect(first.code).toBe(1)
    expect(first.summary).toMatchObject({ end: 'budget', done: 4, tokens: 180 })
    expect(first.stderr).toMatch(/raise --budget-tokens.*Nothing is paid twice by:/s)
    const [, again = ''] = /npx chambers harvest batch (.*)\n$/.exec(first.stderr) ?? []
    expect(again).toContain(`--batch ${first.summary.id}`)
    expect(again).toContain(`--revision ${first.summary.digest.slice(0, 12)}`)
    const rest = again
      .split(' ')
      .slice(1)
      .map((word) => (word === '200' ? '2000' : word))
    const second = await batch(
      scene,
      ...rest.filter((word) => word !== '--model' && word !== 'm'),
      '--json',
    )
    expect([second.code, second.stderr]).toEqual([0, expect.anything()])
    expect(second.summary).toMatchObject({ end: 'done', done: 10, tokens: 450 })
    expect(scene.upstream.requests).toHaveLength(30)
  })

  it('stops where the model server refuses whoever asks, and pays when it does not', async () => {
    const scene = await open(prompts(4))
    scene.upstream.reply(errorReply(401))
    const { code, stderr, summary } = await batch(scene, '--json')
    expect([code, summary.end, summary.reason]).toEqual([
      1,
      'upstream_refuses',
      'model_unauthorized',
    ])
    expect(stderr).toContain('mend the key')
    expect(await scene.transcripts()).toEqual([])
  })

  it('refuses the state of another batch, and names what differs', async () => {
    const scene = await open(prompts(2))
    await batch(scene, '--batch', 'mine')
    const { code, stderr } = await batch(scene, '--batch', 'mine', '--samples', '2')
    expect(code).toBe(1)
    expect(stderr).toContain('samples: 1 there, 2 here')
    writeFileSync(scene.input, `${JSON.stringify({ prompt: 'Another one?' })}\n`)
    expect((await batch(scene, '--batch', 'mine')).stderr).toContain('input: ')
    expect(scene.upstream.requests).toHaveLength(6)
  })

  it('leaves a file alone that is no state', async () => {
    const scene = await open(prompts(1))
    const { code, stderr } = await batch(scene, '--state', scene.input)
    expect([code, stderr]).toEqual([1, expect.stringContaining('holds something else')])
    expect(readFileSync(scene.input, 'utf8')).toContain(question(100))
  })

  it('is not run twice at once', async () => {
    const scene = await open(prompts(1))
    const { summary } = await batch(scene, '--json')
    writeFileSync(`${summary.state}.lock`, '1')
    const { code, stderr } = await batch(scene)
    expect([code, stderr]).toEqual([1, expect.stringContaining('the same work is under way')])
  })

  it('seals what it writes where there is a key for it, and finds it there again', async () => {
    const { publicKey } = await generateKeyPair('ECDH-ES+A256KW', { extractable: true })
    const key = JSON.stringify(await exportJWK(publicKey))
    const scene = await open(prompts(2))
    const environment = { ...scene.environment, TRANSCRIPT_KEY: key }
    const sealed = { ...scene, environment }
    expect((await batch(sealed, '--json')).summary.outcomes).toEqual({ released: 2 })
    const database = openSqlite({ path: join(scene.folder, 'data', 'chambers.db') })
    const rows = await database.all('SELECT content_key FROM transcripts')
    await database.close()
    expect(rows.map(({ content_key: name }) => String(name).endsWith('.jwe'))).toEqual([true, true])
    rmSync(join(scene.folder, 'data', 'batches'), { recursive: true })
    const asked = scene.upstream.requests.length
    expect((await batch(sealed, '--json')).summary.outcomes).toEqual({ released: 2 })
    expect(scene.upstream.requests).toHaveLength(asked)
  })

  it('keeps no word of a prompt or a thought in its state or its output', async () => {
    const scene = await open(prompts(2))
    const { stdout, stderr } = await batch(scene)
    const folder = join(scene.folder, 'data', 'batches')
    const state = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    for (const text of [stdout, stderr, ...state]) expect(text).not.toMatch(/number|greet/)
  })

  it.each([
    [['--samples', '0'], 'Set --samples to a whole number from 1 to 32: 0'],
    [['--consent', 'none'], 'Set --consent to harvest or audit: none'],
    [['--url', 'http://127.0.0.1:1'], 'Give --enqueue, too'],
    [['--enqueue'], 'Give --url with --enqueue'],
    [['--batch', 'a/b'], 'Set --batch to letters, digits'],
  ])('used as %j says how to use it', async (args, message) => {
    const scene = await open(prompts(1))
    const { code, stderr } = await batch(scene, ...args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
