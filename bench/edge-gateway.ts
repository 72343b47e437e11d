/**
 * The Worker on workerd, as a measured program: `node bench/edge-gateway.ts PORT UPSTREAM FOLDER MODE`.
 * D1, R2 and Queues are Miniflare's own, on disk, in the same workerd; requests come to it directly, through no proxy.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { bundleWorker, COMPATIBILITY_DATE, wranglerRequire } from './worker-bundle.ts'

/** As much of Miniflare as is used here. */
type MiniflareModule = {
  readonly convertV4MiniflareOptions: (options: object) => object
  readonly Miniflare: new (
    options: object,
  ) => { readonly ready: Promise<URL>; dispose(): Promise<void> }
}

const [port = '0', upstream = '', folder = '', word = ''] = process.argv.slice(2)
const mode = (['off', 'enforce'] as const).find((one) => one === word)
if (mode === undefined) throw new TypeError(`Cannot run in the mode ${word}`)

const { publicKey, privateKey } = await generateKeyPair('EdDSA')
const jwk = { ...(await exportJWK(publicKey)), alg: 'EdDSA', kid: 'bench' }
const keySet = JSON.stringify({ keys: [jwk] })
const token = await new SignJWT({ scope: 'key:manage', tenants: ['*'] })
  .setProtectedHeader({ alg: 'EdDSA' })
  .setSubject('bench')
  .setIssuer('bench')
  .setAudience('bench')
  .setExpirationTime('1h')
  .sign(privateKey)
const scriptPath = join(folder, 'worker.js')
await bundleWorker(scriptPath, mode)
const { Miniflare, convertV4MiniflareOptions } = wranglerRequire('miniflare') as MiniflareModule
const edge = new Miniflare(
  convertV4MiniflareOptions({
    name: 'chambers',
    modules: [{ type: 'ESModule', path: scriptPath }],
    modulesRoot: folder,
    compatibilityDate: COMPATIBILITY_DATE,
    cf: false,
    resourcePersistencePath: folder,
    d1Databases: { DB: 'chambers' },
    r2Buckets: { TRANSCRIPTS: 'chambers' },
    queueProducers: { SPOOL: 'chambers-spool', SHADOWS: 'chambers-shadows' },
    bindings: {
      UPSTREAM_BASE_URL: `${upstream}/v1`,
      ADMIN_JWKS: keySet,
      POLICY_SIGNERS: keySet,
      ADMIN_ISSUER: 'bench',
      ADMIN_AUDIENCE: 'bench',
    },
    unsafeDirectSockets: [{ host: '127.0.0.1', port: Number(port) }],
  }),
)
await edge.ready
const made = await fetch(`http://127.0.0.1:${port}/admin/v1/keys`, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({ policies: ['*'] }),
})
if (made.status !== 201) throw new Error(`No key was made: ${made.status} ${await made.text()}`)
const { key }: { key: string } = await made.json()
writeFileSync(join(folder, 'app-key'), key)
process.once('SIGTERM', () => void edge.dispose().then(() => process.exit(0)))
