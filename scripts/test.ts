/**
 * Runs the projects of vitest.config.ts that are named (all of them where none is), and closes with one line, `N passed, N failed`: what
 * the README's test commands and CI show. Other arguments go to vitest as they are. What the tests leave in the folder for temporary
 * files is removed.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROJECTS: readonly string[] = ['fast', 'process', 'workers', 'drills', 'drills-workers']

type Report = { numPassedTests: number; numFailedTests: number; numPendingTests: number }

const given = process.argv.slice(2)
const projects = given.filter((argument) => PROJECTS.includes(argument))
const others = given.filter((argument) => !PROJECTS.includes(argument))
const folder = mkdtempSync(join(tmpdir(), 'chambers-test-'))
// PostgreSQL runs as an account of its own, and must reach its folder in this one.
chmodSync(folder, 0o755)
const outputFile = join(folder, 'report.json')
const run = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${outputFile}`,
    ...projects.map((project) => `--project=${project}`),
    ...others,
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      TMPDIR: folder,
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_SEND_METRICS: 'false',
    },
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
rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
// A file that could not be collected has no test in it, but it has failed all the same.
if (run.status !== 0 && failed === 0) failed = 1

process.stdout.write(
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
