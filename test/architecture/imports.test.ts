import { describe, expect, it } from 'vitest'
import { knowsNode, readSource, type SourceFile } from './source.ts'

const files = readSource()
const folderOf = (path: string) => (path.includes('/') ? (path.split('/')[0] ?? '') : path)

/** What each folder may import besides itself; the files of `src` itself are named. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  database: ['lib'],
  policy: ['lib'],
  model: ['lib', 'wire'],
  telemetry: ['lib', 'policy'],
  audit: ['lib', 'database'],
  revisions: ['lib', 'policy', 'database', 'audit'],
  backtest: ['lib', 'policy', 'model', 'wire', 'deliberation', 'transcript', 'telemetry'],
  harvest: [
    'lib',
    'policy',
    'model',
    'wire',
    'deliberation',
    'transcript',
    'database',
    'version.ts',
  ],
  wire: ['lib', 'policy', 'model', 'deliberation', 'errors.ts'],
  deliberation: ['lib', 'policy', 'model', 'telemetry'],
  transcript: ['lib', 'policy', 'model', 'deliberation', 'database', 'audit', 'telemetry', 'wire'],
  http: [
    'lib',
    'policy',
    'model',
    'deliberation',
    'wire',
    'transcript',
    'database',
    'audit',
    'revisions',
    'telemetry',
    'errors.ts',
    'config.ts',
  ],
  admin: [
    'lib',
    'policy',
    'harvest',
    'audit',
    'revisions',
    'transcript',
    'database',
    'http',
    'telemetry',
    'errors.ts',
    'version.ts',
    'config.ts',
  ],
}

/** Of the model folder, only the port may be known to the heart; adapters may lean on the wire. */
const MODEL_PORT = ['model/model.ts', 'model/turn.ts']

const violations = (of: (file: SourceFile) => readonly string[]) =>
  files.flatMap((file) => of(file).map((target) => `${file.path} -> ${target}`))

describe('imports', () => {
  it('run one way between the folders', () => {
    expect(
      violations((file) => {
        const allowed = ALLOWED[folderOf(file.path)]
        if (!allowed || knowsNode(file.path)) return []
        return file.own.filter((target) => {
          const folder = folderOf(target)
          return folder !== folderOf(file.path) && !allowed.includes(folder)
        })
      }),
    ).toEqual([])
  })

  it('of the heart reach only the port of the model and the port of the metrics', () => {
    expect(
      violations((file) =>
        file.path.startsWith('deliberation/')
          ? file.own.filter(
              (target) =>
                (target.startsWith('model/') && !MODEL_PORT.includes(target)) ||
                (target.startsWith('telemetry/') && target !== 'telemetry/metrics.ts'),
            )
          : [],
      ),
    ).toEqual([])
  })

  it('of the heart name no framework, client or token library', () => {
    expect(
      violations((file) =>
        /^(deliberation|policy|wire|lib)\//.test(file.path) && !knowsNode(file.path)
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
