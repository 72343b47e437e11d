/**
 * The gateway as it ships, as a measured program: `node bench/gateway.ts PORT UPSTREAM DATA_DIR MODE`.
 * Only the mode of the shipped policies is chosen here, through the policies that `startGateway` takes, and by the environment the
 * database and the key of the transcripts.
 */

import { startGateway } from '../src/node.ts'
import { loadPolicies } from '../src/start/node/load-policies.node.ts'

const [port = '0', upstream = '', dataDir = '', word = ''] = process.argv.slice(2)
const mode = (['off', 'enforce'] as const).find((one) => one === word)
if (mode === undefined) throw new TypeError(`Cannot run in the mode ${word}`)

const { DATABASE_URL, TRANSCRIPT_KEY } = process.env
const shipped = await loadPolicies()
const gateway = await startGateway({
  environment: {
    PORT: port,
    UPSTREAM_BASE_URL: `${upstream}/v1`,
    DATA_DIR: dataDir,
    ...(DATABASE_URL && { DATABASE_URL }),
    ...(TRANSCRIPT_KEY && { TRANSCRIPT_KEY }),
  },
  print: () => {},
  policies: { ...shipped, bundles: shipped.bundles.map((bundle) => ({ ...bundle, mode })) },
})
process.once('SIGTERM', () => void gateway.close().then(() => process.exit(0)))
