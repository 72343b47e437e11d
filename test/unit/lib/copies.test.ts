import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Copies, packCopy, unpackCopy } from '../../../src/lib/copies.ts'
import { createBucketCopies } from '../../../src/lib/copies-bucket.ts'
import { openCopiesFolder } from '../../../src/lib/copies-folder.node.ts'
import { fakeBucket } from '../../fakes/storage.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-copies-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const kinds: readonly (readonly [string, () => Copies])[] = [
  ['a folder', () => openCopiesFolder(join(root, 'folder'))],
  ['a bucket', () => createBucketCopies(fakeBucket())],
]

describe.each(kinds)('copies in %s', (_, open) => {
  it('are read as they were last written, and null where there is none', async () => {
    const copies = open()
    expect(await copies.read('one')).toBeNull()
    await copies.write('one', 'first')
    await copies.write('one', 'secönd')
    expect(await copies.read('one')).toBe('secönd')
    expect(await copies.read('other')).toBeNull()
  })
})

describe('copies in a folder', () => {
  it('are readable by their owner alone, and leave nothing unfinished', async () => {
    const path = join(root, 'private')
    const copies = openCopiesFolder(path)
    await copies.write('one', 'text')
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(statSync(join(path, 'one')).mode & 0o777).toBe(0o600)
    expect(readdirSync(path)).toEqual(['one'])
  })

  it('of writes at once keep the last one', async () => {
    const copies = openCopiesFolder(join(root, 'busy'))
    const texts = Array.from({ length: 30 }, (_, index) => String(index))
    await Promise.all(texts.map((text) => copies.write('one', text)))
    expect(await copies.read('one')).toBe('29')
  })

  it('clear away what a crash left unfinished', async () => {
    const path = join(root, 'crashed')
    await openCopiesFolder(path).write('one', 'whole')
    writeFileSync(join(path, 'one.01234567.unfinished'), 'ha')
    expect(await openCopiesFolder(path).read('one')).toBe('whole')
    expect(readdirSync(path)).toEqual(['one'])
  })

  it('say so when they cannot be written, and go on', async () => {
    const path = join(root, 'gone')
    const copies = openCopiesFolder(path)
    rmSync(path, { recursive: true })
    await expect(copies.write('one', 'text')).rejects.toThrow('ENOENT')
    await expect(copies.read('one')).resolves.toBeNull()
  })
})

describe('a packed copy', () => {
  const value = { name: 'a\nb', list: [1, null, 'ü'] }

  it('is unpacked as it was', async () => {
    expect(await unpackCopy(await packCopy(value))).toEqual(value)
  })

  it('cut anywhere is not unpacked', async () => {
    const text = await packCopy(value)
    for (let length = 0; length < text.length - 1; length++) {
      expect(await unpackCopy(text.slice(0, length))).toBeUndefined()
    }
  })

  it('with anything behind it, or altered, is not unpacked', async () => {
    const text = await packCopy(value)
    expect(await unpackCopy(`${text}x`)).toBeUndefined()
    expect(await unpackCopy(text.replace('null', 'true'))).toBeUndefined()
  })
})
