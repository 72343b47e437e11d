import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { circlesOf, graphOf } from './circles.ts'
import { knowsNode, readSource, type SourceFile } from './source.ts'

const files = readSource()
const pairs = files.flatMap((file) => file.own.map((target) => [file.path, target] as const))

/** The room of a file: its outermost folder, or the file itself where it stands in `src`. */
const roomOf = (path: string) => path.split('/')[0] ?? path

/** The room inside a room, `policy/write`; null for the files of the room itself, which belong to none. */
const innerRoomOf = (path: string) => path.split('/').slice(0, -1).slice(0, 2).join('/') || null

/** The rows of the table in ARCHITECTURE.md, in their order: a room, and the rooms it may lean on. */
const ROOMS = new Map(
  [
    ...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/^\| `([^`]+)` \| [^|]+ \|([^|]*)\|$/gm),
  ].map(
    ([, room = '', leansOn = '']) =>
      [room, [...leansOn.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)] as const,
  ),
)

const violations = (of: (file: SourceFile) => readonly string[]) =>
  files.flatMap((file) => of(file).map((target) => `${file.path} -> ${target}`))

describe('the rooms of ARCHITECTURE.md', () => {
  it('are the rooms there are', () => {
    const there = new Set(files.map(({ path }) => roomOf(path)))
    expect([...ROOMS.keys()].sort()).toEqual([...there].sort())
  })

  it('lean on rooms above them alone', () => {
    const order = [...ROOMS.keys()]
    const upward = [...ROOMS].flatMap(([room, leansOn]) =>
      leansOn
        .filter((other) => !(order.indexOf(other) < order.indexOf(room)) || !ROOMS.has(other))
        .map((other) => `${room} -> ${other}`),
    )
    expect(upward).toEqual([])
  })

  it('lean on what the table says, and on all of it', () => {
    const leaning = graphOf(pairs, roomOf)
    const real = [...ROOMS.keys()].map((room) => [room, [...(leaning.get(room) ?? [])].sort()])
    expect(real).toEqual([...ROOMS].map(([room, leansOn]) => [room, [...leansOn].sort()]))
  })
})

describe('imports', () => {
  it('form no circle of files', () => {
    expect(circlesOf(graphOf(pairs, (path) => path))).toEqual([])
  })

  it('form no circle of rooms', () => {
    expect(circlesOf(graphOf(pairs, roomOf))).toEqual([])
  })

  it('form no circle of the rooms inside a room', () => {
    const inside = pairs.filter(([from, to]) => roomOf(from) === roomOf(to))
    const inner = (path: string) => (path.split('/').length > 2 ? innerRoomOf(path) : null)
    expect(circlesOf(graphOf(inside, inner))).toEqual([])
  })

  it('of the heart reach only the port of the metrics', () => {
    expect(
      violations((file) =>
        file.path.startsWith('deliberation/')
          ? file.own.filter(
              (target) => target.startsWith('telemetry/') && target !== 'telemetry/metrics.ts',
            )
          : [],
      ),
    ).toEqual([])
  })

  it('of the heart name no framework, client or token library', () => {
    expect(
      violations((file) =>
        /^(conversation|deliberation|policy|text|wire|lib)\//.test(file.path) &&
        !knowsNode(file.path)
          ? file.imports.filter((name) =>
              /^(hono|openai|jose|undici|pg|@hono|@opentelemetry)/.test(name),
            )
          : [],
      ),
    ).toEqual([])
  })

  it('of neutral files name no platform', () => {
    expect(
      violations((file) =>
        knowsNode(file.path)
          ? []
          : file.imports.filter(
              (name) =>
                /^(node:|cloudflare:|undici$|@hono\/node-server|wrangler)/.test(name) ||
                name.endsWith('.node.ts'),
            ),
      ),
    ).toEqual([])
  })

  it('never go to the worker entry or the Node entry', () => {
    expect(
      violations((file) =>
        file.own.filter(
          (target) =>
            target === 'worker.ts' || (target === 'node.ts' && !file.path.startsWith('cli/')),
        ),
      ),
    ).toEqual([])
  })
})

describe('neutral files', () => {
  const neutral = files.filter((file) => !knowsNode(file.path))

  it('read no environment', () => {
    expect(
      neutral.filter((file) => /process\.env/.test(file.text)).map((file) => file.path),
    ).toEqual([])
  })

  it('print nothing', () => {
    expect(
      neutral.filter((file) => /\bconsole\./.test(file.text)).map((file) => file.path),
    ).toEqual([])
  })

  it('hold no mutable state at module level but the one container of the worker', () => {
    const stateful = neutral
      .filter(
        (file) =>
          /^(?:export )?(?:let|var) /m.test(file.text) ||
          /^(?:export )?const \w+(?::[^=]+)? = new (?:Map|Set|WeakMap|LRUCache)(?:<[^(]*>)?\(\)/m.test(
            file.text,
          ),
      )
      .map((file) => file.path)
    expect(stateful.filter((path) => path !== 'worker.ts')).toEqual([])
  })

  it('take time and randomness from the ports', () => {
    const direct = neutral
      .filter((file) => file.path !== 'lib/clock.ts')
      .filter((file) => /\b(?:Date\.now|Math\.random|performance\.now)\(/.test(file.text))
      .map((file) => file.path)
    expect(direct).toEqual([])
  })
})

describe('every file', () => {
  it('opens with what it is for', () => {
    expect(
      files
        .filter((file) => !file.path.endsWith('.generated.ts'))
        .filter((file) => !/^(?:#![^\n]*\n)?\/\*\*/.test(file.text))
        .map((file) => file.path),
    ).toEqual([])
  })

  it('stays under 300 lines of code', () => {
    const long = files
      .filter((file) => !file.path.endsWith('.generated.ts'))
      .filter(
        (file) =>
          file.text.split('\n').filter((line) => !/^\s*(?:\*|\/\*|\/\/|$)/.test(line)).length > 300,
      )
      .map((file) => file.path)
    expect(long).toEqual([])
  })
})

describe('a name that is exported', () => {
  const EXPORT =
    /^export (?:async )?(?:abstract )?(?:function\*?|const|let|class|type|interface) (\w+)/gm
  /** A file and its twin for Node say the same thing: which of them is meant, the importer names. */
  const place = (path: string) => path.replace('.node.ts', '.ts')

  it('means one thing in the whole house', () => {
    const places = new Map<string, Set<string>>()
    for (const { path, text } of files) {
      if (path.endsWith('.generated.ts')) continue
      for (const [, name = ''] of text.matchAll(EXPORT)) {
        places.set(name, (places.get(name) ?? new Set()).add(place(path)))
      }
    }
    const doubled = [...places].filter(([, where]) => where.size > 1)
    expect(doubled.map(([name, where]) => `${name}: ${[...where].join(', ')}`)).toEqual([])
  })
})
