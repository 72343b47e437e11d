/** The tests themselves: found by name, in the folder of what they need, and run by the command that test/README.md names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readImports } from './source.ts'

const PAGE = readFileSync('test/README.md', 'utf8')
const CONFIG = readFileSync('vitest.config.ts', 'utf8')
const SCRIPTS: Readonly<Record<string, string>> = JSON.parse(
  readFileSync('package.json', 'utf8'),
).scripts

const ticked = (text = '') => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)

/** The table of projects: name, the commands that run it, and its folders. */
const PROJECTS = [...PAGE.matchAll(/^\| `([\w-]+)` \| ([^|]+) \| ([^|]+) \| [^|]+ \|$/gm)].map(
  ([, name = '', commands, folders]) => ({
    name,
    commands: ticked(commands),
    folders: ticked(folders),
  }),
)

/** The list of tests that have no file of their name. */
const NAMELESS = [...PAGE.matchAll(/^\| `(\S+\.test\.ts)` \| [^|]+ \|$/gm)].map(
  ([, path = '']) => path,
)

const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.test.ts'))

/** The folder of the table that a test is in: the innermost, where one is in another. */
const folderOf = (test: string) =>
  PROJECTS.flatMap(({ folders }) => folders)
    .filter((folder) => test.startsWith(`${folder}/`))
    .toSorted((one, other) => other.length - one.length)[0]

describe('the tests of test/unit', () => {
  const unit = tests
    .filter((test) => test.startsWith('unit/'))
    .map((test) => test.slice('unit/'.length))
  const named = (test: string) =>
    ['.ts', '.node.ts'].some((end) => existsSync(join('src', test.replace(/\.test\.ts$/, end))))

  it('have the name of a file, or stand in the list', () => {
    expect(unit.filter((test) => !named(test)).sort()).toEqual(NAMELESS.toSorted())
  })
})

describe('the projects', () => {
  it('are those of vitest.config.ts, with the same folders', () => {
    const configured = [...CONFIG.matchAll(/name: '([\w-]+)',\s+include: folders\(([^)]+)\)/g)].map(
      ([, name, folders]) => ({
        name,
        folders: [...(folders ?? '').matchAll(/'([^']+)'/g)].map(([, folder]) => folder),
      }),
    )
    expect(configured).toEqual(PROJECTS.map(({ name, folders }) => ({ name, folders })))
  })

  it('are run by the commands that the table names, and by no other', () => {
    const runs = Object.entries(SCRIPTS).flatMap(([command, script]) =>
      script.startsWith('node scripts/test.ts ')
        ? script
            .split(' ')
            .slice(2)
            .map((name) => `${command} runs ${name}`)
        : [],
    )
    const told = PROJECTS.flatMap(({ name, commands }) =>
      commands.map((command) => `${command} runs ${name}`),
    )
    expect(runs.sort()).toEqual(told.sort())
  })

  it('hold every test', () => {
    expect(tests.filter((test) => folderOf(test) === undefined)).toEqual([])
  })
})

describe('a fast test', () => {
  const STARTS =
    /^(?:node:child_process|node:cluster|esbuild|wrangler|src\/node\.ts|test\/fakes\/postgres\.ts)$/

  /** The way from a test to what starts a process, through our own files below `test`; null where there is none. */
  const wayToStart = (path: string, seen = new Set<string>()): readonly string[] | null => {
    seen.add(path)
    for (const name of readImports(readFileSync(path, 'utf8'))) {
      const target = name.startsWith('.')
        ? normalize(join(dirname(path), name)).replaceAll('\\', '/')
        : name
      if (STARTS.test(target)) return [path, target]
      if (!target.startsWith('test/') || seen.has(target)) continue
      const way = wayToStart(target, seen)
      if (way) return [path, ...way]
    }
    return null
  }

  it('starts no process', () => {
    const fast = PROJECTS.find(({ name }) => name === 'fast')?.folders ?? []
    const starting = tests
      .filter((test) => fast.includes(folderOf(test) ?? ''))
      .map((test) => wayToStart(`test/${test}`))
      .filter((way) => way !== null)
    expect(starting).toEqual([])
  })
})

describe('no test', () => {
  const texts = tests.map((test) => ({ test, text: readFileSync(join('test', test), 'utf8') }))
  const guilty = (what: RegExp) =>
    texts.filter(({ text }) => what.test(text)).map(({ test }) => test)

  it('gives its waiting a bound of its own', () => {
    expect(guilty(/vi\.waitFor\(|\.poll\([^\n]*timeout:/)).toEqual([])
  })

  it('measures how long something takes', () => {
    expect(guilty(/performance\.now\(/)).toEqual([])
  })
})
