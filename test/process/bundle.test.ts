import { gzipSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** What wrangler may upload, packed: decision 0021. */
const BUDGET_BYTES = 700 * 1024

const NEUTRAL = {
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['browser', 'module', 'main'],
  conditions: ['workerd', 'worker', 'browser', 'import'],
  external: ['node:*', 'cloudflare:*'],
  logLevel: 'silent',
} as const satisfies BuildOptions

/** Bundles one entry for no platform at all: every file that went in, with its imports. */
async function inputsOf(entry: string) {
  const { metafile } = await build({ ...NEUTRAL, entryPoints: [entry], metafile: true })
  return metafile.inputs
}

/** As wrangler makes it: without white space, and with the names of functions, for the places of defects. */
async function packedBytes(entry: string): Promise<number> {
  const { outputFiles } = await build({
    ...NEUTRAL,
    entryPoints: [entry],
    minify: true,
    keepNames: true,
    target: 'es2024',
  })
  return gzipSync(outputFiles.map(({ text }) => text).join('')).length
}

/** What our own files import that is not plain JavaScript. */
async function externalsOf(entry: string): Promise<readonly string[]> {
  return Object.entries(await inputsOf(entry)).flatMap(([input, { imports }]) =>
    input.startsWith('src/')
      ? imports.filter((one) => one.external).map((one) => `${input} -> ${one.path}`)
      : [],
  )
}

describe('the built bundle', () => {
  it('of the core reaches no module of Node or Cloudflare from our source', async () => {
    expect(await externalsOf('src/start/container.ts')).toEqual([])
    expect(await externalsOf('src/app.ts')).toEqual([])
  })

  it('of the worker holds no file that needs Node', async () => {
    const inputs = Object.keys(await inputsOf('src/worker.ts'))
    expect(inputs.filter((input) => input.endsWith('.node.ts'))).toEqual([])
  })

  it('of the worker packs to no more than it may', async () => {
    expect(await packedBytes('src/worker.ts')).toBeLessThanOrEqual(BUDGET_BYTES)
  })
})
