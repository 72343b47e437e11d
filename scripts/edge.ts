/**
 * `npm run edge`: the gateway on workerd, on this machine, ready to be asked. PORT chooses the port.
 * Makes an admin key pair and, once, a key that signs policies, starts `wrangler dev` on loopback without any network of its own, makes an app key through the
 * admin surface, and prints the lines to paste. Variables come from `.dev.vars`, and above it from the environment; DATA_DIR
 * is where its files and its state are. Whatever fails, no worker is left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { SCOPES } from '../src/admin/authenticate-admin.ts'
import { readStartConfig } from '../src/start/key-sets.ts'
import { bannerOf, servedOf } from '../src/start/node/banner.node.ts'
import { prepareLocalSigner } from '../src/start/node/first-start.node.ts'

const FOLDER = process.env.DATA_DIR ?? join('.wrangler', 'edge')
const STATE = join(FOLDER, 'state')
const HOST = '127.0.0.1'
const ISSUER = 'chambers-edge'
const AUDIENCE = 'chambers-admin'
const PASSED =
  /^(?:UPSTREAM|JUDGE|OTEL)_[A-Z_]+$|^(?:POLICY|POLICY_SIGNERS|POLICY_AUDIENCE|TRANSCRIPT_KEY|DEADLINE_MS|FIRST_TOKEN_MS|IDLE_MS|CORS_ORIGINS|FORWARD_HEADERS|MAX_BYTES_IN_FLIGHT)$/
const START_MS = 60_000
/** A token lives a day. */
const RENEW_MS = 12 * 60 * 60_000

try {
  await startEdge()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function startEdge(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 })
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const own = ownVariables()
  const signer = own.POLICY_SIGNERS ? null : await prepareLocalSigner(FOLDER)
  const variables = {
    ...(signer && 'set' in signer.keys && { POLICY_SIGNERS: JSON.stringify(signer.keys.set) }),
    ...own,
    ADMIN_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'EdDSA' }] }),
    ADMIN_ISSUER: ISSUER,
    ADMIN_AUDIENCE: AUDIENCE,
  }
  const read = await readStartConfig({ ...variables, PORT: process.env.PORT }, 'edge')
  if (!read.ok) throw new Error(`Cannot start:\n  ${read.failure.join('\n  ')}`)
  const { config, warnings } = read.value
  const port = await freePort(config.port)
  const url = `http://${HOST}:${port}`
  const writeToken = async () => {
    const token = await new SignJWT({ scope: SCOPES.join(' '), tenants: ['*'] })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setSubject('local-admin')
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime('24h')
      .sign(privateKey)
    return { token, adminTokenFile: writePrivate('admin-token', token) }
  }
  const { token, adminTokenFile } = await writeToken()
  const worker = startWorker(port, writePrivate('variables', linesOf(variables)))
  try {
    const policies = await whenReady(url, token)
    const appKeyFile = writePrivate('app-key', await makeKey(url, token))
    setInterval(() => void writeToken(), RENEW_MS)
    const database = `D1 and R2, local, in ${STATE}`
    const signerFile = signer?.keyFile ?? null
    const files = { appKeyFile, adminTokenFile, signerFile }
    const banner = { url, config, policies, database, ...files, warnings }
    process.stdout.write(bannerOf(banner))
  } catch (error) {
    worker.kill('SIGTERM')
    throw error
  }
}

/** What `.dev.vars` says, and what the environment says above it. */
function ownVariables(): Record<string, string> {
  const variables: Record<string, string> = {}
  const written = Object.entries(parseEnv(readOr('.dev.vars', '')))
  const passed = Object.entries(process.env).filter(([name]) => PASSED.test(name))
  for (const [name, value] of [...written, ...passed]) if (value) variables[name] = value
  return variables
}

/** The port, once it is sure that nobody else answers there: the worker would start elsewhere or fail late. */
async function freePort(port: number): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => reject(new Error(`Cannot listen on ${HOST}:${port}: set PORT`)))
    server.listen(port, HOST, resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : port
}

function startWorker(port: number, variablesFile: string): ChildProcess {
  const worker = spawn(
    process.execPath,
    [
      'node_modules/wrangler/bin/wrangler.js',
      'dev',
      `--ip=${HOST}`,
      `--port=${port}`,
      `--env-file=${variablesFile}`,
      `--persist-to=${STATE}`,
      '--show-interactive-dev-session=false',
      '--log-level=warn',
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_WRITE_LOGS: 'false',
      },
    },
  )
  worker.on('exit', (code) => process.exit(process.exitCode ?? code ?? 1))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      process.exitCode = 0
      worker.kill('SIGTERM')
    })
  }
  return worker
}

async function whenReady(url: string, token: string) {
  const headers = { authorization: `Bearer ${token}` }
  const until = performance.now() + START_MS
  for (;;) {
    const ready = await fetch(`${url}/readyz`, { headers }).catch(() => null)
    if (ready?.ok) return servedOf(await ready.json())
    if (performance.now() > until) throw new Error(`The worker is not ready after ${START_MS} ms`)
    await pause(200)
  }
}

async function makeKey(url: string, token: string): Promise<string> {
  const response = await fetch(`${url}/admin/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ policies: ['*'] }),
  })
  if (!response.ok) throw new Error(`The gateway refused to make a key: ${response.status}`)
  return ((await response.json()) as { key: string }).key
}

/** One assignment a line, in the first quotes that the value does not hold itself. */
function linesOf(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      const quote = ["'", '"', '`'].find((mark) => !value.includes(mark)) ?? ''
      return `${name}=${quote}${value}${quote}`
    })
    .join('\n')
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return otherwise
  }
}

function writePrivate(name: string, text: string): string {
  const file = join(FOLDER, name)
  writeFileSync(file, `${text}\n`, { mode: 0o600 })
  return file
}
