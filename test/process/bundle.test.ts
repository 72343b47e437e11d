import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** Bundles one entry for no platform at all: every file that went in, with its imports. */
async function inputsOf(entry: string) {
  const { metafile } = await build({
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
  return metafile.inputs
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
})
