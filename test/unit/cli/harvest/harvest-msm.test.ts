import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import { isJsonObject } from '../../../../src/lib/json.ts'
import { textOf } from '../../../fakes/speaker.ts'
import {
  completionReply,
  errorReply,
  type Reply,
  startUpstream,
  type Upstream,
} from '../../../fakes/upstream.ts'
import { sentences } from '../../jobs/documents/sentences.ts'
import { chambersIn } from '../chambers.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-msm-'))
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

type Ask = {
  readonly what: string
  readonly count: number
  readonly text: string
  readonly earlier: number
}

/** A model server for the job: what it says of a prompt, or undefined for what a well-behaved one does. */
async function startWriter(
  say: (ask: Ask) => Reply | undefined = () => undefined,
): Promise<Upstream> {
  const seen = new Map<string, number>()
  const upstream = await startUpstream(({ json }) => {
    const text = isJsonObject(json) ? textOf(json) : ''
    const [, what = 'document', count = '1'] = /^List: ([a-z]+), at most (\d+)\.$/m.exec(text) ?? []
    const earlier = seen.get(text) ?? 0
    seen.set(text, earlier + 1)
    const ask = { what, count: Number(count), text, earlier }
    return say(ask) ?? behave(ask, seen.size)
  })
  cleanUps.push(() => upstream.close())
  return upstream
}

function behave({ what, count }: Ask, number: number): Reply {
  if (what === 'document') return completionReply(sentences(number))
  const items = Array.from({ length: count }, (_, index) => `${what} ${number} ${index}`)
  return completionReply(JSON.stringify({ items }))
}

const SMALL = ['--domains', '2', '--subdomains', '2', '--types', '2', '--assertions', '2']

async function msm(folder: string, upstream: Upstream | null, ...args: readonly string[]) {
  const out = join(folder, 'docs.jsonl')
  const environment = {
    DATA_DIR: join(folder, 'data'),
    ...(upstream && { UPSTREAM_BASE_URL: upstream.url, UPSTREAM_TRAINING_RIGHTS: 'internal' }),
  }
  const model = upstream ? ['--model', 'm'] : []
  const ran = await chambersIn(environment)(
    'harvest',
    'msm',
    '--out',
    out,
    ...model,
    ...SMALL,
    ...args,
  )
  const isThere = existsSync(out)
  const rows = isThere
    ? readFileSync(out, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : null
  const manifest = existsSync(`${out}.manifest.json`)
    ? JSON.parse(readFileSync(`${out}.manifest.json`, 'utf8'))
    : null
  return { ...ran, out, rows, manifest }
}

describe('chambers harvest msm', () => {
  it('runs from end to end with the stand-in, and says who wrote', async () => {
    const folder = openFolder()
    const { code, rows, manifest, out } = await msm(folder, null, '--documents', '10')
    expect(code).toBe(0)
    expect(rows).toHaveLength(10)
    for (const row of rows ?? []) {
      expect(Object.keys(row)).toEqual(['text', 'domain'])
      expect(row.text).toContain('I am a scripted stand-in')
    }
    expect(manifest).toMatchObject({
      kind: 'msm',
      policy: { id: 'default' },
      model: { answered: 'stand-in', provider: 'stand-in' },
      trainingRights: 'none',
      rows: 10,
    })
    const sha256 = createHash('sha256').update(readFileSync(out)).digest('hex')
    expect(manifest.file).toEqual({
      name: 'docs.jsonl',
      format: 'jsonl',
      sha256,
      bytes: readFileSync(out).length,
    })
    expect(readdirSync(folder).toSorted()).toEqual([
      'data',
      'docs.jsonl',
      'docs.jsonl.manifest.json',
      'docs.jsonl.state.jsonl',
    ])
  })

  it('has the whole policy before every prompt, in the same bytes, and the levels above in it', async () => {
    const systems = new Set<string>()
    const upstream = await startWriter()
    await msm(openFolder(), upstream, '--documents', '4', '--assistant', 'Mira')
    for (const { json } of upstream.requests) {
      const messages = isJsonObject(json) && Array.isArray(json.messages) ? json.messages : []
      systems.add(String(messages[0]?.content))
    }
    expect(systems.size).toBe(1)
    const [system = ''] = systems
    expect(system).toContain('You help to build a library about Mira')
    expect(system).toContain('SHM1')
    expect(system).not.toMatch(/\{\{/)
    const last = textOf((upstream.requests.at(-1)?.json ?? {}) as never)
    expect(last).toMatch(/- Type: types \d+ \d/)
    expect(last).toMatch(/- Idea: ideas \d+ \d/)
  })

  it('takes the domains in turn, so that any beginning covers the policy', async () => {
    const { rows } = await msm(openFolder(), await startWriter(), '--documents', '4')
    expect(new Set(rows?.map(({ domain }) => domain)).size).toBe(2)
  })

  it('asks once more for what cannot be used, then leaves it out and counts why', async () => {
    const upstream = await startWriter(({ what, text, earlier }) => {
      if (what === 'types' && earlier === 0) return completionReply('Sure, here are some.')
      if (what === 'document' && /Subdomain: subdomains \d+ 1/.test(text)) {
        return completionReply(`${sentences(1)} See https://example.com.`)
      }
      return undefined
    })
    const { code, rows, manifest } = await msm(openFolder(), upstream, '--documents', '8')
    expect(code).toBe(0)
    expect(rows?.length).toBeGreaterThan(0)
    expect(manifest.documents.dropped.document_link).toBeGreaterThan(0)
    for (const { text } of rows ?? []) expect(text).not.toContain('https')
  })

  it('drops documents with the same words, or almost', async () => {
    const upstream = await startWriter(({ what, text }) =>
      what === 'document' && /Domain: domains \d+ 0/.test(text)
        ? completionReply(
            `${sentences(1)} ${sentences(2)} ${text.length % 2 === 0 ? 'Yes.' : 'No!'}`,
          )
        : undefined,
    )
    const { rows, manifest } = await msm(openFolder(), upstream, '--documents', '8')
    const { duplicate_exact: exact = 0, duplicate_near: near = 0 } = manifest.documents.dropped
    expect(exact + near).toBeGreaterThan(0)
    expect(rows?.filter(({ domain }) => /domains \d+ 0/.test(domain))).toHaveLength(1)
  })

  it('falls back to plain JSON where the upstream takes no schema, and stays there', async () => {
    const refused: boolean[] = []
    const upstream = await startUpstream(({ json }) => {
      const body = isJsonObject(json) ? json : {}
      refused.push(body.response_format !== undefined)
      if (body.response_format !== undefined) return errorReply(400, { param: 'response_format' })
      const [, what = 'document', count = '1'] =
        /^List: ([a-z]+), at most (\d+)\.$/m.exec(textOf(body)) ?? []
      return behave({ what, count: Number(count), text: '', earlier: 0 }, refused.length)
    })
    cleanUps.push(() => upstream.close())
    const { code } = await msm(openFolder(), upstream, '--documents', '2')
    expect(code).toBe(0)
    expect(refused.filter(Boolean)).toHaveLength(1)
  })

  it('stops in order when the budget is spent; then the same bytes come out, and nothing is paid twice', async () => {
    const whole = await msm(openFolder(), await startWriter(), '--documents', '6')
    const folder = openFolder()
    const upstream = await startWriter()
    const first = await msm(folder, upstream, '--documents', '6', '--budget-tokens', '150')
    expect([first.code, first.rows, first.manifest]).toEqual([1, null, null])
    expect(first.stderr).toMatch(/raise --budget-tokens.*Nothing is written yet/s)
    expect(upstream.requests).toHaveLength(10)
    const second = await msm(folder, upstream, '--documents', '6')
    expect(second.code).toBe(0)
    expect(second.manifest.tokens).toBe(upstream.requests.length * 15)
    expect(second.manifest.tokens).toBe(whole.manifest.tokens)
    const asked = upstream.requests.length
    const third = await msm(folder, upstream, '--documents', '6')
    expect(third.rows).toEqual(second.rows)
    expect(third.manifest).toEqual(second.manifest)
    expect(upstream.requests).toHaveLength(asked)
  })

  it('goes on only with the job that was begun', async () => {
    const folder = openFolder()
    const upstream = await startWriter()
    await msm(folder, upstream, '--documents', '2')
    const { code, stderr } = await msm(folder, upstream, '--documents', '3')
    expect([code, stderr]).toEqual([1, expect.stringContaining('documents: 2 there, 3 here')])
  })

  it('takes judged precedents as seeds: released, allowed, without personal data or reasoning', async () => {
    const folder = openFolder()
    const prompts = join(folder, 'prompts.jsonl')
    const prompt = 'How do I boil an egg? Write to jane.doe@example.com.'
    writeFileSync(prompts, `${JSON.stringify({ prompt, parameters: { user: 'jane' } })}\n`)
    const environment = { DATA_DIR: join(folder, 'data'), UPSTREAM_TRAINING_RIGHTS: 'open' }
    expect(await chambersIn(environment)('harvest', 'batch', prompts)).toMatchObject({ code: 0 })
    const upstream = await startWriter()
    const { manifest } = await msm(folder, upstream, '--documents', '2', '--precedents', '5')
    expect(manifest.precedents.count).toBe(1)
    const ideas = upstream.requests
      .map(({ json }) => textOf((json ?? {}) as never))
      .filter((text) => text.includes('List: ideas'))
    expect(ideas.length).toBeGreaterThan(0)
    for (const text of ideas) {
      expect(text).toContain('How do I boil an egg?')
      expect(text).toContain('"decision":"comply"')
      expect(text).not.toMatch(/jane\.doe|the most useful reply takes that up/)
    }
    // Whoever deletes Jane is to learn of it; once for a job, however often it is gone on with.
    await msm(folder, upstream, '--documents', '2', '--precedents', '5')
    const database = openSqlite({ path: join(folder, 'data', 'chambers.db') })
    const held = await database.all(
      'SELECT format, filters, e.transcripts FROM exports e JOIN export_rows s ON s.export_id = e.id',
    )
    await database.close()
    expect(held).toEqual([{ format: 'msm', filters: '{"policy":"default"}', transcripts: 1 }])
  })

  it('takes no seed that may be trained on internally alone', async () => {
    const folder = openFolder()
    const prompts = join(folder, 'prompts.jsonl')
    writeFileSync(prompts, `${JSON.stringify({ prompt: 'How do I boil an egg?' })}\n`)
    const environment = { DATA_DIR: join(folder, 'data'), UPSTREAM_TRAINING_RIGHTS: 'internal' }
    expect(await chambersIn(environment)('harvest', 'batch', prompts)).toMatchObject({ code: 0 })
    const { manifest } = await msm(
      folder,
      await startWriter(),
      '--documents',
      '2',
      '--precedents',
      '5',
    )
    expect(manifest.precedents.count).toBe(0)
  })

  it('is told what to write where', async () => {
    const ran = await chambersIn({})('harvest', 'msm')
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('--out FILE')])
  })
})
