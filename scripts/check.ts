/**
 * The one gate: format, lint, types, dead code, compiled policies, worker bundle, then every test but the drills.
 * Prints each step as it goes; stops at nothing, so that one run tells everything that is wrong.
 * `--no-tests` leaves the tests to the caller.
 */
import { spawnSync } from 'node:child_process'

type Step = { readonly name: string; readonly command: readonly string[] }

const node = process.execPath
const steps: readonly Step[] = [
  { name: 'format and lint', command: ['biome', 'check', '.'] },
  { name: 'typed lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'types (neutral)', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types (node)', command: ['tsc', '-p', 'tsconfig.node.json'] },
  { name: 'dead code', command: ['knip', '--no-progress'] },
  { name: 'compiled policies', command: [node, 'scripts/build-policies.ts', '--check'] },
  {
    name: 'worker bundle',
    command: ['wrangler', 'deploy', '--dry-run', '--outdir', 'dist/worker', '--minify'],
  },
  ...(process.argv.includes('--no-tests') ? [] : [{ name: 'tests', command: ['npm', 'test'] }]),
]

const failures: string[] = []
for (const step of steps) {
  const started = performance.now()
  const [command = '', ...args] = step.command
  const run = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false' },
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const mark = run.status === 0 ? 'ok' : 'FAILED'
  process.stdout.write(`check: ${step.name}: ${mark} (${seconds} s)\n`)
  if (run.status !== 0) failures.push(step.name)
}
if (failures.length > 0) {
  process.stdout.write(`check: failed: ${failures.join(', ')}\n`)
  process.exitCode = 1
}
