/** Installs a peer gateway beside the project (never in it) so that both are measured in one run. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Versions that run together: with its newest dependencies this release answers streams with a failure. */
const PACKAGE = {
  name: 'peer',
  private: true,
  type: 'module',
  dependencies: { '@portkey-ai/gateway': '1.15.2' },
  overrides: { '@hono/node-server': '1.13.8', hono: '4.9.7' },
}

/** The folder of an installed `@portkey-ai/gateway`, or null when it cannot be installed. */
export function installPeer(): string | null {
  const folder = join(tmpdir(), 'chambers-bench-peer')
  const entry = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  if (!existsSync(entry)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify(PACKAGE))
    spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
  }
  return existsSync(entry) ? entry : null
}
