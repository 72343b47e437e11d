/**
 * The secrecy of reasoning from outside: gateways in processes of their own, a model whose every thought holds a canary, and
 * requests of every shape to every ending. Nothing hidden may stand in a body, a header, an error, on the process's output, in
 * a span or in a metric; the transcript must hold it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPolicies } from '../../src/start/node/load-policies.node.ts'
import { foldForSecrecy, joinLookAlikes, toSeenLetters } from '../../src/text/fold.ts'
import type { DoorName } from '../../src/wire/door.ts'
import { DOOR_REQUESTS } from '../fakes/door-requests.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../fakes/otlp-receiver.ts'
import { createSpeaker, textOf } from '../fakes/speaker.ts'
import { startUpstream, type Upstream } from '../fakes/upstream.ts'
import {
  createDice,
  createFailureScene,
  createScene,
  ENDING_NAMES,
  FAILURE_COUNT,
  FORM_NAMES,
  type Scene,
  SHAPE_NAMES,
} from '../secrecy/scenes.ts'

const SEED = 20_261_121
/** Enough for every form with every shape, the endings drawn. */
const DRAWN = FORM_NAMES.length * SHAPE_NAMES.length
const CONCURRENCY = 8

type Child = {
  readonly url: string
  readonly appKey: string
  readonly adminToken: string
  readonly process: ChildProcess
  readonly printed: () => string
}

const STRATEGIES = ['auto', 'native'] as const
type Strategy = (typeof STRATEGIES)[number]

const DOOR_NAMES = Object.keys(DOOR_REQUESTS) as readonly DoorName[]

/** By which door a scene is played. */
type Knocking = Scene & { readonly door: DoorName }

const folder = mkdtempSync(join(tmpdir(), 'chambers-secrecy-'))
const children = new Map<Strategy, Child>()
const speaker = createSpeaker()
let upstream: Upstream
let receiver: OtlpReceiver
let hiddenLines: readonly string[]

beforeAll(async () => {
  upstream = await startUpstream(speaker.script)
  receiver = await startOtlpReceiver()
  hiddenLines = await readHiddenLines()
  for (const strategy of STRATEGIES) children.set(strategy, await startChild(strategy))
})

afterAll(async () => {
  for (const child of children.values()) child.process.kill('SIGKILL')
  await upstream.close()
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

async function startChild(strategy: Strategy): Promise<Child> {
  const dataDir = join(folder, strategy)
  const started = spawn(process.execPath, ['src/node.ts'], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATA_DIR: dataDir,
      UPSTREAM_BASE_URL: upstream.url,
      UPSTREAM_REASONING: strategy,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      DEADLINE_MS: '2500',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  const listening = Promise.withResolvers<string>()
  const take = (text: string) => {
    printed += text
    const [, url] = /listens on (\S+)[\s\S]*admin-token/.exec(printed) ?? []
    if (url) listening.resolve(url)
  }
  started.stdout.setEncoding('utf8').on('data', take)
  started.stderr.setEncoding('utf8').on('data', take)
  started.once('exit', () => listening.reject(new Error(`The gateway ended: ${printed}`)))
  const url = await listening.promise
  const secret = (name: string) => readFileSync(join(dataDir, name), 'utf8').trim()
  return {
    url,
    appKey: secret('app-key'),
    adminToken: secret('admin-token'),
    process: started,
    printed: () => printed,
  }
}

/** Lines of protocol and policy that may not be said: all but the texts that are meant to be. */
async function readHiddenLines(): Promise<readonly string[]> {
  const { bundles } = await loadPolicies()
  const protocol = readdirSync('policies/protocol')
    .filter((name) => name !== 'fallback.md')
    .map((name) => readFileSync(join('policies/protocol', name), 'utf8'))
  const policy = bundles.flatMap(({ sections }) =>
    sections.flatMap((section) => [
      section.summary,
      section.definitions,
      section.allowed,
      section.disallowed,
      section.rationale,
    ]),
  )
  return [...protocol, ...policy]
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line.length >= 60 && !line.includes('{{'))
    .map(foldForSecrecy)
}

type Heard = {
  readonly scene: Scene
  readonly status: number | null
  /** Body and headers, as they came and with the pieces of a stream joined. */
  readonly wire: string
  readonly transcript: string
}

let count = 0

async function play(scene: Knocking, child: Child): Promise<Heard> {
  const model = `scene-${++count}`
  const client = new AbortController()
  speaker.on(model, (asked) => {
    const isFirst = asked.kind === 'native' || asked.kind === 'first pass'
    if ((isFirst ? 'draft' : asked.kind) === scene.leavesAt) client.abort()
    return scene.speak(asked)
  })
  const chat = { model, messages: [{ role: 'user', content: 'Hello there' }], ...scene.body }
  const { route, say } = DOOR_REQUESTS[scene.door]
  const headers = { authorization: `Bearer ${child.appKey}`, 'content-type': 'application/json' }
  try {
    const response = await fetch(`${child.url}/v1/${route}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(say(chat)),
      signal: client.signal,
    })
    const text = await response.text()
    const id = response.headers.get('x-chambers-transcript')
    const read = await fetch(`${child.url}/admin/v1/transcripts/${id}`, {
      headers: { authorization: `Bearer ${child.adminToken}` },
    })
    return {
      scene,
      status: /"error":\s*\{/.test(text) ? 0 : response.status,
      wire: [JSON.stringify([...response.headers]), text, joined(text)].join('\n'),
      transcript: await read.text(),
    }
  } catch (error) {
    if (!client.signal.aborted) throw error
    return { scene, status: null, wire: '', transcript: '' }
  } finally {
    for (const secret of secretsOf(model, scene)) secrets.add(foldForSecrecy(secret))
  }
}

/** What a stream says once its pieces stand together again. */
function joined(text: string): string {
  return [
    ...text.matchAll(
      /"(?:content|refusal|arguments|delta|text|partial_json)":\s*("(?:[^"\\]|\\.)*")/g,
    ),
  ]
    .map(([, json]) => JSON.parse(json ?? '""'))
    .join('')
}

/** Canaries, nonces, delimiters and the reference of the preamble, of every scene played; folded. */
const secrets = new Set<string>()

function secretsOf(model: string, { canary }: Scene): readonly string[] {
  return [
    canary,
    ...speaker.asked(model).flatMap(({ nonce, body }) => {
      const text = textOf(body)
      const reference = /Reference of this text: (\w+)/.exec(text)?.[1]
      const delimiter = /^(\S+) begin conversation$/m.exec(text)?.[1]
      return [nonce, reference ?? '', delimiter ?? ''].filter((secret) => secret !== '')
    }),
  ]
}

async function playAll(scenes: readonly Knocking[], strategy: Strategy): Promise<readonly Heard[]> {
  const child = children.get(strategy)
  if (!child) throw new Error('Start the gateway first')
  const heard: Heard[] = []
  const waiting = [...scenes]
  const work = async () => {
    for (let scene = waiting.shift(); scene; scene = waiting.shift())
      heard.push(await play(scene, child))
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return heard
}

/** In disguise or not: what looks the same is the same. */
function expectSecret(text: string, where: string): void {
  const seen = toSeenLetters(text)
  const folded = joinLookAlikes(seen)
  const found = [...secrets].filter((secret) => folded.includes(secret))
  const quoted = hiddenLines.filter((line) => folded.includes(line))
  const tags = seen.match(/<\/?(?:deliberation|think)|greeting serves them best/g) ?? []
  expect([where, found, quoted, tags]).toEqual([where, [], [], []])
}

function drawScenes(strategy: Strategy): readonly Knocking[] {
  const dice = createDice(SEED + STRATEGIES.indexOf(strategy))
  const canary = () => `quill${Math.floor(dice() * 1e9).toString(36)}wort`
  const drawn = Array.from({ length: DRAWN }, (_, index) =>
    createScene({
      canary: canary(),
      form: FORM_NAMES[index % FORM_NAMES.length] ?? '',
      shape: SHAPE_NAMES[Math.floor(index / FORM_NAMES.length) % SHAPE_NAMES.length] ?? '',
      ending: ENDING_NAMES[Math.floor(dice() * ENDING_NAMES.length)] ?? '',
      stream: dice() < 0.5,
    }),
  )
  const endings = ENDING_NAMES.flatMap((ending) =>
    ['reasoning_content', 'tagged'].flatMap((form) =>
      [false, true].map((stream) =>
        createScene({ canary: canary(), form, shape: 'plain', ending, stream }),
      ),
    ),
  )
  const failures = Array.from({ length: FAILURE_COUNT }, (_, index) =>
    createFailureScene(index, { canary: canary(), stream: dice() < 0.5, dice }),
  )
  return [...drawn, ...endings, ...failures].map((scene) => {
    const door = DOOR_NAMES[Math.floor(dice() * DOOR_NAMES.length)] ?? 'chat'
    return { ...scene, name: `${scene.name}, ${door}`, door }
  })
}

describe('of everything hidden', () => {
  const byStrategy = STRATEGIES.map((strategy) => [strategy, drawScenes(strategy)] as const)
  const scenes = byStrategy.flatMap(([, drawn]) => drawn)
  let heard: readonly Heard[] = []

  it('nothing is on the wire, whatever happened', async () => {
    const played = byStrategy.map(([strategy, drawn]) => playAll(drawn, strategy))
    heard = (await Promise.all(played)).flat()
    expect(heard).toHaveLength(scenes.length)
    for (const { scene, wire } of heard) expectSecret(wire, scene.name)
    const answered = heard.filter(({ status }) => status === 200)
    // Were most of them errors, there would be little to leak.
    expect(answered.length).toBeGreaterThan(scenes.length / 4)
  })

  it('the search would find it: every transcript of a thought is full of it', () => {
    const kept = heard.find(({ scene, status }) => scene.endsWell && status === 200)
    expect(() => expectSecret(kept?.transcript ?? '', 'transcript')).toThrow()
  })

  it('every thought behind an answer is in its transcript', () => {
    const kept = heard.filter(({ scene, status }) => scene.endsWell && status === 200)
    expect(kept.length).toBeGreaterThan(40)
    for (const { scene, transcript } of kept) {
      expect([scene.name, transcript]).toEqual([scene.name, expect.stringContaining(scene.canary)])
    }
  })

  it('the channel that judges the answer is told nothing, and no draft is told of another', () => {
    for (let number = 1; number <= count; number++) {
      for (const { kind, body } of speaker.asked(`scene-${number}`)) {
        if (kind === 'second pass' || kind === 'reasoning') continue
        const text = JSON.stringify(body)
        const told = scenes.filter(({ canary }) => text.includes(canary)).map(({ name }) => name)
        expect([kind, told]).toEqual([kind, []])
      }
    }
  })

  it('nothing is on the process’s output, in a span or in a metric', async () => {
    for (const [strategy, child] of children) {
      child.process.kill('SIGTERM')
      await once(child.process, 'exit')
      expect(child.printed()).toContain('listens on')
      expectSecret(child.printed(), `output, ${strategy}`)
    }
    expect(receiver.spans().length).toBeGreaterThan(scenes.length)
    expect(receiver.points('chambers.requests').length).toBeGreaterThan(0)
    for (const { path, text } of receiver.bodies) expectSecret(text, path)
  })
})
