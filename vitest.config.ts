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

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/runtime/workers/**'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { POLICY_SIGNERS } },
          }),
        ],
        test: { name: 'workers', include: ['test/runtime/workers/**/*.test.ts'] },
      },
    ],
  },
})
