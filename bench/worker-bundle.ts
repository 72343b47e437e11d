/** The Worker's entry as one module, for workerd: as it ships, but for the mode of its policies where one is given. */
import { createRequire } from 'node:module'
import { build, type Plugin } from 'esbuild'
import type { Mode } from '../src/policy/section.ts'
import { loadPolicies } from '../src/start/node/load-policies.node.ts'

/** The date of `wrangler.toml`. */
export const COMPATIBILITY_DATE = '2026-10-20'

/** What wrangler brings along. */
export const wranglerRequire = createRequire(createRequire(import.meta.url).resolve('wrangler'))

/** Bundles `src/worker.ts` into `file`, minified as wrangler does it. */
export async function bundleWorker(file: string, mode: Mode): Promise<void> {
  await build({
    entryPoints: ['src/worker.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['workerd', 'worker', 'browser', 'import'],
    external: ['node:*', 'cloudflare:*'],
    outfile: file,
    logLevel: 'error',
    plugins: [await policiesIn(mode)],
  })
}

/** Stands in for the module that the policies are built into. */
async function policiesIn(mode: Mode): Promise<Plugin> {
  const { bundles, protocol } = await loadPolicies()
  const builtIn = { bundles: bundles.map((bundle) => ({ ...bundle, mode })), protocol }
  const contents = `export const builtIn = ${JSON.stringify(builtIn)}`
  return {
    name: 'policies',
    setup(building) {
      building.onLoad({ filter: /built-in\.generated\.ts$/ }, () => ({ contents, loader: 'js' }))
    },
  }
}
