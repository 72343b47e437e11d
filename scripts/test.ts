/**
 * Runs the projects of vitest.config.ts that are named (all of them where none is), and closes with a line `failed: FILE > TEST: WHY` for
 * each test that failed and one line `N passed, N failed`: what the README's test commands and CI show. Other arguments go to vitest as
 * they are. What the tests leave in the folder for temporary files is removed.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const PROJECTS: readonly string[] = ['fast', 'process', 'workers', 'drills', 'drills-workers']

type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

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
  for (const line of failuresOf(report)) process.stdout.write(`failed: ${line}\n`)
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

/** Long runs are read from their end, where the reporter's own account of a failure is far above. */
function failuresOf({ testResults }: Report): readonly string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name)
    const tests = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${file} > ${test.fullName}: ${firstLine(test.failureMessages[0] ?? '')}`)
    return status === 'failed' && tests.length === 0 ? [`${file}: ${firstLine(message)}`] : tests
  })
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0]?.slice(0, 300) ?? ''
}
