import { availableParallelism } from 'node:os'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** The edge does not start without somebody who may sign policies. */
const POLICY_SIGNERS = JSON.stringify({
  keys: [
    {
      kty: 'OKP',
      crv: 'Ed25519',
      x: 'CmkYlAghwj2XUrEptUnD0uIATp0ZIX3FbAONSyRw8_g',
      alg: 'EdDSA',
      kid: 'test',
    },
  ],
})

/** A test ends when what it waits for has come: these ends are for what never comes, however busy the machine is. */
const TIMES = {
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 120_000, interval: 20 } },
} as const

/** What each project is for, and which folders it reads: test/README.md. */
const folders = (...names: readonly string[]) => names.map((name) => `test/${name}/**/*.test.ts`)

/** All of the machine: vitest alone would leave a core idle. What starts processes waits for them half of its time. */
const WORKERS = { busy: availableParallelism(), waiting: availableParallelism() + 1 }

/** Files within workerd, over its own bindings. */
const withinWorkerd = () =>
  cloudflareTest({
    wrangler: { configPath: './wrangler.toml' },
    miniflare: { bindings: { POLICY_SIGNERS } },
  })

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...TIMES,
          name: 'fast',
          include: folders('architecture', 'contract', 'policy', 'secrecy', 'unit'),
          // Nothing here keeps state in a module, so that files may share one.
          isolate: false,
          maxWorkers: WORKERS.busy,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...TIMES,
          name: 'process',
          include: folders('conformance', 'process', 'runtime/edge', 'runtime/node'),
          maxWorkers: WORKERS.waiting,
          sequence: { groupOrder: 1 },
        },
      },
      {
        plugins: [withinWorkerd()],
        test: {
          ...TIMES,
          name: 'workers',
          include: folders('runtime/workers'),
          maxWorkers: WORKERS.waiting,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...TIMES,
          name: 'drills',
          include: folders('drills', 'trainers'),
          exclude: folders('drills/workers'),
          maxWorkers: WORKERS.waiting,
          sequence: { groupOrder: 2 },
        },
      },
      {
        plugins: [withinWorkerd()],
        test: {
          ...TIMES,
          name: 'drills-workers',
          include: folders('drills/workers'),
          maxWorkers: WORKERS.waiting,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
