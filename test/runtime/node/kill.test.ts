/** A gateway under load that is killed outright: the next start has the record of everything it answered. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const dataDir = mkdtempSync(join(tmpdir(), 'chambers-killed-'))
const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})

const KILLS = 3
const CLIENTS = 8
/** Answers of one life before its end comes, at a moment that the load and not the test decides. */
const ANSWERS = 40

const secret = (name: string) => readFileSync(join(dataDir, name), 'utf8').trim()

async function start(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, ['src/node.ts'], {
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let printed = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (text: Buffer) => {
      printed += String(text)
      const [found] = printed.match(/http:\/\/127\.0\.0\.1:\d+/) ?? []
      if (found) resolve(found)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', () => reject(new Error(`No gateway: ${printed}`)))
  })
  return { child, url }
}

function read(url: string, id: string): Promise<Response> {
  const headers = { authorization: `Bearer ${secret('admin-token')}` }
  return fetch(`${url}/admin/v1/transcripts/${id}`, { headers })
}

/** The transcript ids of all that was answered whole before the gateway was killed in the midst of more. */
async function askUntilKilled(): Promise<readonly string[]> {
  const { child, url } = await start()
  const answered: string[] = []
  const ask = async (client: number) => {
    for (let number = 0; child.signalCode === null; number++) {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${secret('app-key')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          model: 'stand-in',
          stream: number % 2 === 1,
          messages: [{ role: 'user', content: `Question ${number} of client ${client}?` }],
        }),
      })
      const text = await response.text()
      if (response.status !== 200) throw new Error(`${response.status}: ${text}`)
      if (number % 2 === 1 && !text.includes('[DONE]')) throw new TypeError('cut')
      answered.push(response.headers.get('x-chambers-transcript') ?? '')
      if (answered.length >= ANSWERS) child.kill('SIGKILL')
    }
  }
  // A connection that breaks is what a kill looks like from outside; anything else is a finding.
  const asked = Array.from({ length: CLIENTS }, (_, client) =>
    ask(client).catch((error: unknown) => {
      if (!(error instanceof TypeError)) throw error
    }),
  )
  await Promise.all(asked)
  return answered
}

it('kill -9 under load loses nothing that was answered', { timeout: 60_000 }, async () => {
  const answered: string[] = []
  for (let kill = 0; kill < KILLS; kill++) answered.push(...(await askUntilKilled()))
  expect(answered.length).toBeGreaterThanOrEqual(KILLS * ANSWERS)
  const { child, url } = await start()
  const lost = []
  for (const id of answered) {
    const response = await read(url, id)
    const transcript = response.status === 200 ? await response.json() : null
    if (transcript?.outcome?.kind === undefined || transcript.final === null) lost.push(id)
  }
  expect(lost).toEqual([])
  child.kill('SIGKILL')
})
