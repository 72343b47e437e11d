/** What nobody catches, thrown in a gateway of its own: about one connection it ends nothing, else it ends the gateway in order. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { type GatewayProcess, startGatewayProcess } from '../fakes/gateway-process.ts'
import { until } from '../fakes/waiting.ts'

const SECRET = 'what somebody asked'

/** Throws, at a signal, where nobody catches it; an assertion has its place in the HTTP client of Node. */
const THROWER = `process.on('SIGUSR2', () => setImmediate(() => {
  const error = Object.assign(new Error(${JSON.stringify(SECRET)}), JSON.parse(process.env.THROWN))
  if (error.code) error.stack = 'AssertionError: ' + error.message + '\\n    at Parser.finish (node:internal/deps/undici/undici:1:1)'
  throw error
}))`

const folders: string[] = []
const gateways: GatewayProcess[] = []
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.kill()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function start(thrown: object) {
  const folder = mkdtempSync(join(tmpdir(), 'chambers-uncaught-'))
  folders.push(folder)
  const gateway = await startGatewayProcess(folder, {
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(THROWER)}`,
    THROWN: JSON.stringify(thrown),
  })
  gateways.push(gateway)
  let printed = ''
  gateway.child.stderr?.on('data', (text: Buffer) => {
    printed += String(text)
  })
  gateway.child.kill('SIGUSR2')
  await until('the defect is told', () => printed.includes('defect that nobody caught'))
  return { gateway, printed: () => printed }
}

it('an assertion about a connection is told, and the gateway serves on', async () => {
  const { gateway, printed } = await start({ code: 'ERR_ASSERTION' })
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
  expect([gateway.child.exitCode, printed().includes(SECRET)]).toEqual([null, false])
})

it('anything else is told, and ends the gateway in order', async () => {
  const { gateway, printed } = await start({})
  await until('the end', () => gateway.child.exitCode !== null)
  expect([gateway.child.exitCode, printed().includes(SECRET)]).toEqual([1, false])
})
