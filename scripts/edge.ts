/**
 * `npm run edge`: the gateway on workerd, on this machine, ready to be asked. PORT chooses the port.
 * Makes an admin key pair, starts `wrangler dev` on loopback without any network of its own, makes an app key through the
 * admin surface, and prints the lines to paste. Variables of the gateway in the environment are passed on.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { SCOPES } from '../src/admin/authenticate-admin.ts'
import { bannerOf } from '../src/banner.node.ts'
import { readConfig } from '../src/config.ts'

const FOLDER = join('.wrangler', 'edge')
const VARIABLES = '.dev.vars'
const ISSUER = 'chambers-edge'
const AUDIENCE = 'chambers-admin'
const PASSED = /^(?:UPSTREAM|JUDGE|OTEL)_[A-Z_]+$|^(?:POLICY|DEADLINE_MS)$/
const START_MS = 60_000

const port = Number(process.env.PORT ?? 8787)
const url = `http://127.0.0.1:${port}`
mkdirSync(FOLDER, { recursive: true, mode: 0o700 })

const { publicKey, privateKey } = await generateKeyPair('EdDSA')
const variables: Record<string, string> = {
  ADMIN_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'EdDSA' }] }),
  ADMIN_ISSUER: ISSUER,
  ADMIN_AUDIENCE: AUDIENCE,
}
for (const [name, value] of Object.entries(process.env)) {
  if (PASSED.test(name) && value) variables[name] = value
}
writeVariables(variables)
const token = await new SignJWT({ scope: SCOPES.join(' '), tenants: ['*'] })
  .setProtectedHeader({ alg: 'EdDSA' })
  .setSubject('local-admin')
  .setIssuer(ISSUER)
  .setAudience(AUDIENCE)
  .setExpirationTime('7d')
  .sign(privateKey)
const tokenFile = writePrivate('admin-token', token)

const worker = spawn(
  process.execPath,
  [
    'node_modules/wrangler/bin/wrangler.js',
    'dev',
    '--ip=127.0.0.1',
    `--port=${port}`,
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
worker.on('exit', (code) => process.exit(code ?? 1))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => worker.kill('SIGTERM'))
}

const policies = await whenReady()
const key = await makeKey()
const read = readConfig(variables, 'edge')
if (!read.ok) throw new Error(read.failure.join('\n'))
process.stdout.write(
  bannerOf({
    url,
    config: read.value.config,
    policies,
    database: 'D1 and R2, local, in .wrangler/state',
    appKeyFile: writePrivate('app-key', key),
    adminTokenFile: tokenFile,
    warnings: read.value.warnings,
  }),
)

async function whenReady() {
  const until = performance.now() + START_MS
  for (;;) {
    const ready = await fetch(`${url}/readyz`).catch(() => null)
    if (ready?.ok) {
      const { policies } = (await ready.json()) as { policies: readonly string[] }
      return policies.map((policy) => {
        const [id = '', digest = ''] = policy.split('@')
        return { id, digest, revision: 0, state: 'live', ageMs: 0 } as const
      })
    }
    if (performance.now() > until) throw new Error(`The worker is not ready after ${START_MS} ms`)
    await pause(200)
  }
}

async function makeKey(): Promise<string> {
  const response = await fetch(`${url}/admin/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ policies: ['*'] }),
  })
  if (!response.ok) throw new Error(`The gateway refused to make a key: ${response.status}`)
  return ((await response.json()) as { key: string }).key
}

/** Replaces our own lines and keeps every other one. */
function writeVariables(own: Readonly<Record<string, string>>): void {
  const kept = readLines().filter((line) => !((line.split('=')[0] ?? '').trim() in own))
  const lines = Object.entries(own).map(([name, value]) => `${name}='${value}'`)
  writeFileSync(VARIABLES, `${[...kept, ...lines].join('\n')}\n`, { mode: 0o600 })
}

function readLines(): readonly string[] {
  try {
    return readFileSync(VARIABLES, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

function writePrivate(name: string, text: string): string {
  const file = join(FOLDER, name)
  writeFileSync(file, `${text}\n`, { mode: 0o600 })
  return file
}
