import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** Bundles one entry for no platform at all and reports what it could not resolve to plain JavaScript. */
async function externalsOf(entry: string): Promise<readonly string[]> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['workerd', 'worker', 'browser', 'import'],
    external: ['node:*', 'cloudflare:*'],
    logLevel: 'silent',
  })
  return Object.entries(result.metafile.inputs).flatMap(([input, { imports }]) =>
    input.startsWith('src/')
      ? imports.filter((one) => one.external).map((one) => `${input} -> ${one.path}`)
      : [],
  )
}

describe('the built bundle', () => {
  it('of the core reaches no module of Node or Cloudflare from our source', async () => {
    expect(await externalsOf('src/dependencies.ts')).toEqual([])
    expect(await externalsOf('src/app.ts')).toEqual([])
  })

  it('of the worker holds no file that needs Node', async () => {
    const result = await build({
      entryPoints: ['src/worker.ts'],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['browser', 'module', 'main'],
      conditions: ['workerd', 'worker', 'browser', 'import'],
      external: ['node:*', 'cloudflare:*'],
      logLevel: 'silent',
    })
    expect(
      Object.keys(result.metafile.inputs).filter((input) => input.endsWith('.node.ts')),
    ).toEqual([])
  })
})
