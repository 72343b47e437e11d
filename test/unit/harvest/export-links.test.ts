/** Files of an export where others may write, too: nothing goes through a link of theirs, and nobody else reads it. */
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openWholeFile } from '../../../src/cli/shell/whole-file.node.ts'
import { createJsonlEncoder } from '../../../src/harvest/export/files/encode-rows.ts'
import { openExportFiles } from '../../../src/harvest/export/files/write-files.node.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-links-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const PRECIOUS = join(root, 'precious')

function folder() {
  writeFileSync(PRECIOUS, 'precious')
  return mkdtempSync(join(root, 'out-'))
}

it('an export writes through no link that comes while it is made', async () => {
  const out = folder()
  const options = { out, single: false, ending: 'jsonl', force: false } as const
  const files = openExportFiles({ ...options, createEncoder: () => createJsonlEncoder() })
  for (const name of ['train.jsonl', 'quarantine.txt', 'README.md', 'manifest.json']) {
    symlinkSync(PRECIOUS, join(out, `${name}.unfinished`))
  }
  expect(() => files.write({ a: 1 }, 'train')).toThrow('EEXIST')
  expect(() => files.setApart('tr_1')).toThrow('EEXIST')
  await files.write({ a: 1 }, 'test')
  await files.finish()
  files.publish({ card: 'card', manifest: 'manifest' })
  expect(readFileSync(PRECIOUS, 'utf8')).toBe('precious')
  for (const name of ['test.jsonl', 'README.md', 'manifest.json']) {
    expect([name, statSync(join(out, name)).mode & 0o777]).toEqual([name, 0o600])
  }
})

it('golden cases and documents are written through no link, and into nobody else’s file', () => {
  const out = folder()
  const path = join(out, 'golden.jsonl')
  symlinkSync(PRECIOUS, `${path}.partial`)
  const file = openWholeFile(path)
  file.write('secret')
  file.finish()
  expect(readFileSync(PRECIOUS, 'utf8')).toBe('precious')
  expect([readdirSync(out), statSync(path).mode & 0o777]).toEqual([['golden.jsonl'], 0o600])
  const open = join(out, 'open.jsonl')
  writeFileSync(`${open}.partial`, '')
  chmodSync(`${open}.partial`, 0o666)
  openWholeFile(open).finish()
  expect(statSync(open).mode & 0o777).toBe(0o600)
})
