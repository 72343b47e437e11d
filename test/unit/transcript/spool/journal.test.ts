import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { frame, MAGIC, readFrames } from '../../../../src/transcript/spool/frames.node.ts'
import { openJournal } from '../../../../src/transcript/spool/journal.node.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-journal-'))
let count = 0
const newPath = () => join(root, String(++count))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (entry: Uint8Array) => new TextDecoder().decode(entry)

function collector() {
  const seen: string[] = []
  const take = async (entries: readonly Uint8Array[]) => {
    seen.push(...entries.map(text))
    return { ok: true, refused: [] } as const
  }
  return { seen, take }
}

/** The journal files below a folder. */
const files = (path: string) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.journal'))
    .map((name) => join(path, name))

/** Leaves a journal as a process that was killed leaves it, with what `damage` does to its file. */
async function leaveBehind(path: string, damage: (file: string) => void): Promise<void> {
  const journal = openJournal({ path })
  for (const entry of ['one', 'two', 'three']) await journal.append(bytes(entry))
  await journal.close()
  for (const file of files(path)) damage(file)
}

describe('the journal', () => {
  it('gives back every entry in order, and forgets them', async () => {
    const path = newPath()
    const journal = openJournal({ path })
    const entries = Array.from({ length: 500 }, (_, index) => `entry ${index}`)
    await Promise.all(entries.map((entry) => journal.append(bytes(entry))))
    expect(journal.waiting).toBe(500)
    const { seen, take } = collector()
    expect(await journal.drain(take)).toBe('emptied')
    expect([seen, journal.waiting, files(path)]).toEqual([entries, 0, []])
    await journal.close()
    expect(readdirSync(path)).toEqual([])
  })

  it('takes new entries while it is drained', async () => {
    const journal = openJournal({ path: newPath() })
    await journal.append(bytes('one'))
    const seen: string[] = []
    await journal.drain(async (entries) => {
      seen.push(...entries.map(text))
      await journal.append(bytes('two'))
      return { ok: true, refused: [] }
    })
    expect([seen, journal.waiting]).toEqual([['one'], 1])
    const { seen: rest, take } = collector()
    await journal.drain(take)
    expect([rest, journal.waiting]).toEqual([['two'], 0])
    await journal.close()
  })

  it('keeps what was not taken, and goes on where it stopped', async () => {
    const journal = openJournal({ path: newPath() })
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => journal.append(bytes(String(index)))),
    )
    let calls = 0
    const seen: string[] = []
    const once = async (entries: readonly Uint8Array[]) => {
      if (++calls > 1) return { ok: false } as const
      seen.push(...entries.map(text))
      return { ok: true, refused: [] } as const
    }
    expect(await journal.drain(once)).toBe('interrupted')
    expect([seen.length, journal.waiting]).toEqual([64, 36])
    const { seen: rest, take } = collector()
    expect(await journal.drain(take)).toBe('emptied')
    expect([...seen, ...rest]).toEqual(Array.from({ length: 100 }, (_, index) => String(index)))
    await journal.close()
  })

  it('takes over what another life left, before its own', async () => {
    const path = newPath()
    await leaveBehind(path, () => {})
    const journal = openJournal({ path })
    expect(journal.waiting).toBe(3)
    await journal.append(bytes('four'))
    const { seen, take } = collector()
    await journal.drain(take)
    expect(seen).toEqual(['one', 'two', 'three', 'four'])
    await journal.close()
  })

  it('leaves the files of the living alone', async () => {
    const path = newPath()
    const living = openJournal({ path })
    await living.append(bytes('mine'))
    const other = openJournal({ path })
    const { seen, take } = collector()
    await other.drain(take)
    expect([seen, other.waiting, living.waiting]).toEqual([[], 0, 1])
    await living.close()
    await other.drain(take)
    expect(seen).toEqual(['mine'])
    await other.close()
  })

  const frameLength = frame(bytes('three')).length
  it.each([
    ['cut in its payload', (file: string) => truncateSync(file, sizeOf(file) - 2), 2],
    ['cut in its head', (file: string) => truncateSync(file, sizeOf(file) - frameLength + 3), 2],
    ['followed by zeros', (file: string) => appendFileSync(file, Buffer.alloc(100)), 3],
    ['followed by garbage', (file: string) => appendFileSync(file, 'not a frame at all'), 3],
    ['damaged in one bit', flipLastBit, 2],
  ])('keeps the tail aside when the last entry is %s', async (_, damage, sound) => {
    const path = newPath()
    let before = Buffer.alloc(0)
    await leaveBehind(path, (file) => {
      damage(file)
      before = readFileSync(file)
    })
    const asides: { file: string; bytes: number }[] = []
    const journal = openJournal({ path, onAside: (aside) => asides.push(aside) })
    const { seen, take } = collector()
    expect(await journal.drain(take)).toBe('emptied')
    expect(seen).toEqual(['one', 'two', 'three'].slice(0, sound))
    const kept = readFileSync(asides[0]?.file ?? '')
    expect(kept).toEqual(before.subarray(before.length - kept.length))
    expect([asides.length, kept.length > 0, files(path)]).toEqual([1, true, []])
    await journal.close()
  })

  it('keeps aside a file that is no journal', async () => {
    const path = newPath()
    await leaveBehind(path, (file) => writeFileSync(file, 'something else'))
    const journal = openJournal({ path })
    expect(await journal.drain(collector().take)).toBe('emptied')
    const [kept = ''] = readdirSync(join(path, 'aside'))
    expect(readFileSync(join(path, 'aside', kept), 'utf8')).toBe('something else')
    await journal.close()
  })

  it('keeps refused entries aside, readable', async () => {
    const path = newPath()
    const journal = openJournal({ path })
    await journal.append(bytes('good'))
    await journal.append(bytes('bad'))
    await journal.drain(async (entries) => ({
      ok: true,
      refused: entries.filter((entry) => text(entry) === 'bad'),
    }))
    const [kept = ''] = readdirSync(join(path, 'aside'))
    const { payloads } = readFrames(readFileSync(join(path, 'aside', kept)))
    expect([payloads.map(text), journal.waiting]).toEqual([['bad'], 0])
    await journal.close()
  })

  it('fails an append when its folder cannot be made', async () => {
    const path = newPath()
    const journal = openJournal({ path })
    rmSync(path, { recursive: true })
    writeFileSync(path, 'a file where the folder was')
    await expect(journal.append(bytes('one'))).rejects.toThrow()
    expect(journal.waiting).toBe(0)
  })

  it('removes its folder and lock on a clean close', async () => {
    const path = newPath()
    const journal = openJournal({ path })
    await journal.append(bytes('one'))
    await journal.drain(collector().take)
    await journal.close()
    expect(existsSync(path) && readdirSync(path)).toEqual([])
  })
})

it('frames survive at every cut of a file', () => {
  const entries = ['first', 'second entry', 'third'].map(bytes)
  const whole = Buffer.concat([MAGIC, ...entries.map(frame)])
  let expected = 0
  let end = MAGIC.length + frame(entries[0] ?? bytes('')).length
  for (let cut = MAGIC.length; cut <= whole.length; cut++) {
    if (cut === end) end += frame(entries[++expected] ?? bytes('')).length
    const { payloads, soundBytes } = readFrames(whole.subarray(0, cut))
    expect([payloads.length, soundBytes <= cut]).toEqual([expected, true])
  }
  expect(expected).toBe(3)
})

function sizeOf(file: string): number {
  return readFileSync(file).length
}

function flipLastBit(file: string): void {
  const content = readFileSync(file)
  content.writeUInt8(content.readUInt8(content.length - 1) ^ 1, content.length - 1)
  writeFileSync(file, content)
}
