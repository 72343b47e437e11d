import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ERRORS } from '../../src/errors.ts'

const documents = globSync(['*.md', '{bench,deploy,docs,policies,src,test}/**/*.md']).map(
  (path) => ({
    path: path.replaceAll('\\', '/'),
    text: readFileSync(path, 'utf8'),
  }),
)

/** Everything in a document's tables that stands in code in the first cell of a row. */
function firstCells(path: string, heading: string): readonly string[] {
  const text = readFileSync(path, 'utf8')
  const from = text.indexOf(heading)
  const table = text.slice(from).match(/^\|.*(?:\n\|.*)*/m)?.[0] ?? ''
  return [...table.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  )
}

/** Without code, in which brackets are no links. */
const prose = (text: string) => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '')

describe('a document', () => {
  it('links to what is in the repository', () => {
    const broken = documents.flatMap(({ path, text }) =>
      [...prose(text).matchAll(/\]\((?!https?:|#)([^)\s#]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => normalize(join(dirname(path), target)))
        .filter((target) => !existsSync(target))
        .map((target) => `${path} -> ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('names no file of ours that is not there', () => {
    const gone = documents.flatMap(({ path, text }) =>
      [
        ...text.matchAll(
          /(?<![\w./-])(?:src|test|scripts|bench|docs|deploy)\/[\w./-]*\.(?:ts|md)\b/g,
        ),
      ]
        .map(([name]) => name)
        .filter((name) => !existsSync(name))
        .map((name) => `${path}: ${name}`),
    )
    expect(gone).toEqual([])
  })
})

describe('the page for apps', () => {
  it('lists the codes an app can get', () => {
    const silent = [
      'not_found',
      'client_closed',
      'upstream_rejected',
      'not_implemented',
      'internal_error',
    ]
    const codes = Object.keys(ERRORS).filter((code) => !silent.includes(code))
    expect(firstCells('docs/apps.md', '| code |').toSorted()).toEqual(codes.toSorted())
  })
})

describe('the page for operators', () => {
  it('lists every variable that is read', () => {
    const schema = readFileSync('src/start/variables.ts', 'utf8')
    const names = [...schema.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name = '']) => name)
    expect(firstCells('docs/operators.md', '| variable |').toSorted()).toEqual(names.toSorted())
  })
})
