/** A redactor's command as people write one, and every way in which it can fail: no row may leave that it has not looked at. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { redactedFiles } from '../../../../src/cli/redactor/redacted-files.node.ts'
import { openRedactor } from '../../../../src/cli/redactor/redactor-command.node.ts'
import type { ExportFiles } from '../../../../src/harvest/export/files/write-files.node.ts'
import type { JsonObject } from '../../../../src/lib/json.ts'

const root = mkdtempSync(join(tmpdir(), 'chambers-redactor-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let scripts = 0

/** `answer`: what it does with `request`, with `say` for lines. */
function commandOf(answer: string, first = ''): string {
  const path = join(root, `redactor-${++scripts}.mjs`)
  writeFileSync(
    path,
    `import { createInterface } from 'node:readline'
const say = (line) => process.stdout.write(JSON.stringify(line) + '\\n')
${first}
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  ${answer}
}
`,
  )
  return `'${process.execPath}' "${path}"`
}

/** Finds Ada and Bob, counted as Python counts. */
const NAMES = `say({ id: request.id, spans: request.texts.map((text) => {
  const characters = [...text]
  return ['Ada', 'Bob'].flatMap((name) => characters.flatMap((_, at) =>
    characters.slice(at, at + 3).join('') === name ? [{ start: at, end: at + 3, kind: 'PERSON' }] : []))
}) })`

const row = (text: string): JsonObject => ({
  messages: [
    { role: 'user', content: text },
    {
      role: 'assistant',
      content: 'Dear Ada',
      tool_calls: [{ id: 'Ada', function: { name: 'mail', arguments: '{ "to": "Ada" }' } }],
    },
  ],
  id: 'Ada#0',
  section: 'Ada',
})

describe('a command that redacts', () => {
  it('gives spans, and the same value gets the same placeholder in all of a row', async () => {
    await using redactor = await openRedactor(commandOf(NAMES, "say({ redactor: 'names 1.0' })"))
    expect(await redactor.redact(row('𝒜 I am Ada, he is Bob, not [PERSON_2]'))).toEqual({
      messages: [
        { role: 'user', content: '𝒜 I am [PERSON_1], he is [PERSON_3], not [PERSON_2]' },
        {
          role: 'assistant',
          content: 'Dear [PERSON_1]',
          tool_calls: [
            { id: 'Ada', function: { name: 'mail', arguments: '{ "to": "[PERSON_1]" }' } },
          ],
        },
      ],
      id: 'Ada#0',
      section: 'Ada',
    })
    expect(await redactor.finish()).toMatchObject({
      version: 'names 1.0',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      redacted: { PERSON: 2 },
    })
  })

  it('gives texts, which stand as they are', async () => {
    const command = commandOf(
      "say({ id: request.id, texts: request.texts.map((text) => text.replaceAll('Ada', '<NAME>')) })",
    )
    await using redactor = await openRedactor(command)
    expect(await redactor.redact({ text: 'Ada' })).toEqual({ text: '<NAME>' })
    expect(await redactor.finish()).toMatchObject({ version: null, redacted: {} })
  })

  it('may answer in any order: rows are written in theirs', async () => {
    const command = commandOf(
      'held.push(request); if (held.length === 3) for (const one of held.reverse()) say({ id: one.id, texts: one.texts })',
      'const held = []',
    )
    await using redactor = await openRedactor(command)
    const written: JsonObject[] = []
    const files = redactedFiles(
      {
        write: (one: JsonObject) => void written.push(one),
        finish: () => Promise.resolve([]),
      } as unknown as ExportFiles,
      redactor,
    )
    for (const text of ['one', 'two', 'three']) await files.write({ text }, 'train')
    await files.finish()
    expect(written).toEqual([{ text: 'one' }, { text: 'two' }, { text: 'three' }])
  })

  it('is run without a shell', async () => {
    const command = `${commandOf('say({ id: request.id, texts: [process.argv[2]] })')} '$(id); "x" > y'`
    await using redactor = await openRedactor(command)
    expect(await redactor.redact({ text: 'a' })).toEqual({ text: '$(id); "x" > y' })
  })
})

describe('a command that fails', () => {
  it('lets no row of an export through, and none after it', async () => {
    await using redactor = await openRedactor(
      commandOf(
        'if (request.id === 2) process.exit(1); say({ id: request.id, texts: request.texts })',
      ),
    )
    const written: JsonObject[] = []
    const files = redactedFiles(
      {
        write: (one: JsonObject) => void written.push(one),
        finish: () => Promise.resolve([]),
      } as unknown as ExportFiles,
      redactor,
    )
    for (const text of ['one', 'two', 'three']) await files.write({ text }, 'train')
    await expect(files.finish()).rejects.toThrow(/ended before it had answered/)
    expect(written).toEqual([{ text: 'one' }])
  })

  it.each([
    ['ends', 'process.exit(3)', /ended before it had answered/],
    ['writes no JSON', "process.stdout.write('hello\\n')", /no JSON/],
    [
      'answers fewer texts',
      'say({ id: request.id, texts: [] })',
      /answered 0 texts where 1 were sent/,
    ],
    ['answers another id', 'say({ id: 99, texts: request.texts })', /an id that was not asked/],
    ['answers something else', 'say({ id: request.id, text: "x" })', /something else than/],
    [
      'names a span that is nowhere',
      'say({ id: request.id, spans: [[{ start: 0, end: 99, kind: "X" }]] })',
      /a span that is not within its text/,
    ],
  ])('because it %s, ends the work', async (_, answer, message) => {
    await using redactor = await openRedactor(commandOf(answer))
    await expect(redactor.redact({ text: 'Ada' })).rejects.toThrow(message)
    await expect(redactor.redact({ text: 'Bob' })).rejects.toThrow(/^Nothing was written/)
  })

  it('shows what it said of it, without signs that move a terminal', async () => {
    const command = commandOf(
      "process.stderr.write('no \\u001b[31mmodel\\n', () => process.exit(1))",
    )
    await using redactor = await openRedactor(command)
    const failed = String(await redactor.redact({ text: 'Ada' }).catch((error: unknown) => error))
    expect(failed).toMatch(/It said:\nno .*model/)
    expect(failed).not.toContain('\u001b')
  })

  it('because it has ended before it was asked, ends the work', async () => {
    await using redactor = await openRedactor(commandOf('', 'process.exit(0)'))
    await expect(redactor.finish()).resolves.toMatchObject({ version: null })
    await expect(redactor.redact({ text: 'Ada' })).rejects.toThrow(/ended before it had answered/)
  })

  it('because it is silent, ends the work', async () => {
    await using redactor = await openRedactor(commandOf(''), { silentMs: 1 })
    await expect(redactor.redact({ text: 'Ada' })).rejects.toThrow(/was silent for too long/)
  })

  it.each([
    ['heeds no signal', "process.on('SIGTERM', () => {})"],
    [
      'has started another that holds its pipes',
      "const { spawn } = await import('node:child_process'); spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: 'inherit' })",
    ],
  ])('though it %s, ends the work', async (_, first) => {
    const command = commandOf('setInterval(() => {}, 1e6)', `${first}\nsay({ redactor: 'x' })`)
    const redactor = await openRedactor(command, { silentMs: 1_000 })
    await expect(redactor.redact({ text: 'Ada' })).rejects.toThrow(/was silent for too long/)
    await redactor[Symbol.asyncDispose]()
  })

  it('at its end, ends the work', async () => {
    const command = commandOf(
      'say({ id: request.id, texts: request.texts })',
      "process.on('exit', () => { process.exitCode = 4 })",
    )
    await using redactor = await openRedactor(command)
    await redactor.redact({ text: 'Ada' })
    await expect(redactor.finish()).rejects.toThrow(/ended with exit code 4/)
  })

  it('is told where there is no such program', async () => {
    await expect(openRedactor('no-such-program-at-all')).rejects.toThrow(
      /^Name a program that is there with --redactor/,
    )
    await expect(openRedactor("node 'half")).rejects.toThrow(/in quotation marks/)
  })
})
