import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createJsonlEncoder } from '../../../../../src/harvest/export/files/encode-rows.ts'
import { openExportFiles } from '../../../../../src/harvest/export/files/write-files.node.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-files-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

it('takes nothing of another command for its own that began in the same folder', async () => {
  const out = join(root, 'out')
  const open = () =>
    openExportFiles({
      out,
      single: false,
      ending: 'jsonl',
      force: true,
      createEncoder: createJsonlEncoder,
    })
  const first = open()
  await first.write({ id: 'first' }, 'train')
  const second = open()
  await second.write({ id: 'second' }, 'train')
  await first.finish()
  const beside = { card: 'card', manifest: '{}' }
  expect(() => first.publish(beside)).toThrow(/^Export again: another command writes to /)
  first.abandon()
  await second.finish()
  second.publish(beside)
  expect(readFileSync(join(out, 'train.jsonl'), 'utf8')).toBe('{"id":"second"}\n')
  expect(readdirSync(out).toSorted()).toEqual(['README.md', 'manifest.json', 'train.jsonl'])
})
