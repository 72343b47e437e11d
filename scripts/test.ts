/**
 * Runs every test and closes with one line, `N passed, N failed`: what the README's test command and CI show.
 * Arguments go to vitest as they are.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Report = { numPassedTests: number; numFailedTests: number; numPendingTests: number }

const folder = mkdtempSync(join(tmpdir(), 'chambers-test-'))
const outputFile = join(folder, 'report.json')
const run = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${outputFile}`,
    ...process.argv.slice(2),
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' },
  },
)

let passed = 0
let failed = 0
let skipped = 0
try {
  const report = JSON.parse(readFileSync(outputFile, 'utf8')) as Report
  passed = report.numPassedTests
  failed = report.numFailedTests
  skipped = report.numPendingTests
} catch {
  failed = 1
}
rmSync(folder, { recursive: true, force: true })
// A file that could not be collected has no test in it, but it has failed all the same.
if (run.status !== 0 && failed === 0) failed = 1

process.stdout.write(
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
