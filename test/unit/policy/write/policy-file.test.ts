import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { compilePolicy } from '../../../../src/policy/bundle.ts'
import { compileProtocol } from '../../../../src/policy/protocol.ts'
import { decodeFile, isLeftover } from '../../../../src/policy/write/policy-file.ts'
import {
  policyFolders,
  readFolder,
  readProtocolFolder,
} from '../../../../src/policy/write/read-folder.node.ts'
import { GARDEN_FOLDER, gardenBundle, gardenFiles } from '../garden.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-files-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const MESSAGE =
  'Save this file as UTF-8: on this line stands a letter of another encoding (in most editors: Save with encoding, UTF-8)'
const latin1 = (text: string) => Buffer.from(text, 'latin1')
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')

/** The fixture with one of its files in other bytes. */
function folderWith(path: string, bytes: Uint8Array): string {
  const folder = mkdtempSync(join(root, 'policy-'))
  cpSync(GARDEN_FOLDER, folder, { recursive: true })
  writeFileSync(join(folder, path), bytes)
  return folder
}

describe('the bytes of a file', () => {
  it.each([
    ['plain', Buffer.from('a\nb'), undefined],
    ['with letters of many bytes', Buffer.from('é\n毒\n🌱'), undefined],
    ['Latin-1', latin1('a\nb\nHonést\nc'), 3],
    ['Latin-1 after CRLF', latin1('a\r\nb\r\né'), 3],
    ['Latin-1 after CR alone', latin1('a\rb\ré'), 3],
    ['a letter cut at the end of a line', Buffer.from([0x61, 0x0a, 0xe6, 0xaf, 0x0a, 0x61]), 2],
    ['a letter cut at the end', Buffer.from([0x61, 0x0a, 0x0a, 0xe6, 0xaf]), 3],
    ['UTF-16', utf16('a'), 1],
    ['an overlong form', Buffer.from([0xc0, 0xaf]), 1],
    ['half of a pair', Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80]), 2],
  ])('are text, or broken on a line: %s', (_, bytes, line) => {
    const file = decodeFile('a.md', bytes)
    expect(file.brokenLine).toBe(line)
    expect(file.text).toBe(line === undefined ? bytes.toString('utf8') : '')
  })

  it.each([
    ['policy.yaml', 'id: garden\ntitle: Gärten\n', 2],
    ['sections/SAW.md', '---\nid: SAW\nsummary: Honést\n---\n', 3],
    ['style/refuse.md', 'Say no.\n\nSagen Sie höflich nein.\n', 3],
    ['tests/cases.jsonl', '{}\n{"é":1}\n', 2],
  ])('are refused where they are no UTF-8, with file and line: %s', async (path, text, line) => {
    const { compiled, problems } = await compilePolicy(readFolder(folderWith(path, latin1(text))))
    expect(compiled).toBeNull()
    expect(problems.filter(({ file }) => file === path)).toEqual([
      { severity: 'error', file: path, line, message: MESSAGE },
    ])
  })

  it('are nobody’s concern in a file that nothing reads', async () => {
    const folder = folderWith('README.md', latin1('Gärten'))
    writeFileSync(join(folder, '.DS_Store'), Buffer.from([0, 0, 0, 1, 0x42, 0xff]))
    const { compiled } = await compilePolicy(readFolder(folder))
    expect(compiled?.bundle.digest).toBe((await gardenBundle()).digest)
  })

  it('are refused in a prompt', async () => {
    mkdirSync(join(root, 'protocol'))
    writeFileSync(join(root, 'protocol', 'draft.md'), latin1('Answer.\nHonéstly.\n'))
    writeFileSync(join(root, 'protocol', '._draft.md'), Buffer.from([0, 5, 0xff]))
    const { protocol, problems } = await compileProtocol(readProtocolFolder(root))
    expect(protocol).toBeNull()
    expect(problems).toEqual([{ severity: 'error', file: 'draft.md', line: 2, message: MESSAGE }])
  })
})

describe('a text that was sent', () => {
  it('is refused where it holds half of a letter', async () => {
    const files = gardenFiles.map((one) =>
      one.path === 'sections/SAW.md'
        ? { ...one, text: one.text.replace('one bad', '\ud83c') }
        : one,
    )
    const { compiled, problems } = await compilePolicy(files)
    expect(compiled).toBeNull()
    expect(problems).toContainEqual({
      severity: 'error',
      file: 'sections/SAW.md',
      line: 28,
      message: MESSAGE,
    })
  })
})

describe('a leftover', () => {
  it.each(['.git/config', 'sections/._A.md', 'A.md~', '#A.md#', '__MACOSX/A.md', '.A.md.swp'])(
    'is %s',
    (path) => expect(isLeftover(path)).toBe(true),
  )
  it.each(['policy.yaml', 'sections/A.md', 'tests/A.jsonl', 'sections/A#.md', 'README.md'])(
    'is not %s',
    (path) => expect(isLeftover(path)).toBe(false),
  )

  it('is no policy', () => {
    mkdirSync(join(root, 'all/garden'), { recursive: true })
    mkdirSync(join(root, 'all/.git'))
    mkdirSync(join(root, 'all/__MACOSX'))
    expect(policyFolders(join(root, 'all'))).toEqual(['garden'])
  })
})
