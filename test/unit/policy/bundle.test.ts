import { describe, expect, it } from 'vitest'
import { canonicalJson, type JsonValue, parseJson } from '../../../src/lib/json.ts'
import { canonicalBundle, compilePolicy, readBundle } from '../../../src/policy/bundle.ts'
import { compileProtocol } from '../../../src/policy/protocol.ts'
import { altered, gardenBundle, gardenFiles } from './garden.ts'

const bundle = await gardenBundle()

function contentOf(text: string): JsonValue {
  const parsed = parseJson(text)
  if (!parsed.ok) throw new Error('not JSON')
  return parsed.value
}

describe('a bundle', () => {
  it('has the SHA-256 of its canonical JSON for a digest, and revision 0', async () => {
    const bytes = new TextEncoder().encode(canonicalBundle(bundle))
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
    expect(bundle).toMatchObject({ digest: hash, revision: 0, schema: 1 })
  })

  it.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['trailing spaces', (text: string) => text.replaceAll('\n', '  \n')],
    ['blank lines', (text: string) => text.replaceAll('\n\n', '\n\n\n\n')],
    [
      'a line wrapped elsewhere',
      (text: string) => text.replace('Explain sharpening,', 'Explain\n  sharpening,'),
    ],
    ['double spaces', (text: string) => text.replace('Explain sharpening', 'Explain  sharpening')],
  ])('keeps its digest whatever the white space: %s', async (_, change) => {
    const files = gardenFiles.map((file) =>
      /\.(?:md|yaml)$/.test(file.path) ? { ...file, text: change(file.text) } : file,
    )
    expect(files).not.toEqual(gardenFiles)
    expect((await gardenBundle(files)).digest).toBe(bundle.digest)
  })

  it('keeps its digest whatever the order of the files', async () => {
    expect((await gardenBundle(gardenFiles.toReversed())).digest).toBe(bundle.digest)
  })

  it.each([
    ['a word of a clause', altered('sections/SAW.md', 'Explain sharpening', 'Explain honing')],
    ['a setting', altered('policy.yaml', 'title: A', 'mode: shadow\ntitle: A')],
    ['a trigger', altered('sections/POI.md', 'hemlock, make', 'yew, make')],
    ['the style', altered('style/comply.md', 'at once', 'soon')],
  ])('changes its digest with %s', async (_, files) => {
    expect((await gardenBundle(files)).digest).not.toBe(bundle.digest)
  })

  it('keeps its digest when only a test changes, and the digest of the tests changes', async () => {
    const before = await compilePolicy(gardenFiles)
    const after = await compilePolicy(altered('tests/cases.jsonl', 'sow beans', 'sow peas'))
    expect(after.compiled?.bundle.digest).toBe(before.compiled?.bundle.digest)
    expect(after.compiled?.testsDigest).not.toBe(before.compiled?.testsDigest)
  })
})

describe('a bundle read back', () => {
  const known = { digest: bundle.digest, revision: 7 }
  const content = contentOf(canonicalBundle(bundle))

  it('is what was written, with the revision it is known by', async () => {
    expect(await readBundle(content, known)).toEqual({
      ok: true,
      value: { ...bundle, revision: 7 },
    })
  })

  it('is refused under another digest', async () => {
    expect(await readBundle(content, { ...known, digest: 'f'.repeat(64) })).toEqual({
      ok: false,
      failure: { reason: 'bundle_digest_mismatch', computed: bundle.digest },
    })
  })

  it.each([
    ['an unknown key', '"schema":1', '"schema":1,"extra":true'],
    ['another schema', '"schema":1', '"schema":2'],
    ['a key that is missing', '"mode":"enforce",', ''],
    ['an unknown mode', '"mode":"enforce"', '"mode":"none"'],
    ['an unknown key of a section', '"always":true', '"always":true,"tags":[]'],
  ])('is refused with %s', async (_, before, after) => {
    const text = canonicalJson(content)
    expect(text).toContain(before)
    const read = await readBundle(contentOf(text.replace(before, after)), known)
    expect(read).toMatchObject({ ok: false, failure: { reason: 'bundle_malformed' } })
  })
})

describe('a protocol', () => {
  const files = [
    { path: 'preamble.md', text: 'Hello\r\n\r\nthere  \n' },
    { path: 'README.md', text: 'for people' },
  ]

  it('holds each text by its name, with line ends unified', async () => {
    const { protocol, problems } = await compileProtocol(files)
    expect(problems).toEqual([])
    expect(protocol?.texts).toEqual({ preamble: 'Hello\n\nthere' })
    expect(protocol?.digest).toMatch(/^[0-9a-f]{64}$/)
  })

  it('changes its digest with a word', async () => {
    const before = await compileProtocol(files)
    const after = await compileProtocol([{ path: 'preamble.md', text: 'Hello\n\nhere' }])
    expect(after.protocol?.digest).not.toBe(before.protocol?.digest)
  })

  it.each([
    ['Preamble.md', 'x', 'Name the text in lower case with hyphens, ending in .md'],
    ['preamble.txt', 'x', 'Name the text in lower case with hyphens, ending in .md'],
    ['preamble.md', ' \n', 'Write the text, or remove the file'],
  ])('rejects %s holding %j', async (path, text, message) => {
    expect(await compileProtocol([{ path, text }])).toEqual({
      protocol: null,
      problems: [{ severity: 'error', file: path, line: 1, message }],
    })
  })
})
