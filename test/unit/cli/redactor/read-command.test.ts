import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { commandDigest } from '../../../../src/cli/redactor/read-command.node.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-command-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

it('is the same wherever its files lie, and another where they say something else', () => {
  const digestOf = (folder: string, text: string) => {
    const path = join(mkdtempSync(join(root, folder)), 'redactor.py')
    writeFileSync(path, text)
    return commandDigest(['/usr/bin/python3', path, 'en'])
  }
  expect(digestOf('one', 'a')).toBe(digestOf('other', 'a'))
  expect(digestOf('one', 'a')).not.toBe(digestOf('other', 'b'))
})

it('reads no device, which may never end', () => {
  expect(commandDigest(['redactor', '/dev/zero'])).toMatch(/^[0-9a-f]{64}$/)
})
