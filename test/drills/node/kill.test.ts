/** A gateway under load that is killed outright: the next start has the record of everything it answered. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type GatewayProcess, startGatewayProcess } from '../../fakes/gateway-process.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'chambers-killed-'))
const started: GatewayProcess[] = []
afterAll(async () => {
  for (const gateway of started) await gateway.kill()
  rmSync(dataDir, { recursive: true, force: true })
})

const KILLS = 3
const CLIENTS = 8
/** Answers of one life before its end comes, at a moment that the load and not the test decides. */
const ANSWERS = 40

async function start(): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(dataDir)
  started.push(gateway)
  return gateway
}

/** The transcript ids of all that was answered whole before the gateway was killed in the midst of more. */
async function askUntilKilled(): Promise<readonly string[]> {
  const { child, url, secret } = await start()
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

it('kill -9 under load loses nothing that was answered', async () => {
  const answered: string[] = []
  for (let kill = 0; kill < KILLS; kill++) answered.push(...(await askUntilKilled()))
  expect(answered.length).toBeGreaterThanOrEqual(KILLS * ANSWERS)
  const { url, secret } = await start()
  const headers = { authorization: `Bearer ${secret('admin-token')}` }
  const lost = []
  for (const id of answered) {
    const response = await fetch(`${url}/admin/v1/transcripts/${id}`, { headers })
    const transcript = response.status === 200 ? await response.json() : null
    if (transcript?.outcome?.kind === undefined || transcript.final === null) lost.push(id)
  }
  expect(lost).toEqual([])
})
