/** A documents job that is killed outright: a call that came to something is never made again, and no half file is left. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { createStandIn } from '../../../../src/stand-in/stand-in.ts'
import { runCommand } from '../../../fakes/killed-command.ts'
import { startUpstream, type Upstream } from '../../../fakes/upstream.ts'

const KILLS = 4
/** Far longer than it takes on the busiest machine: only what hangs takes as long. */
const HUNG_MS = 300_000

const folder = mkdtempSync(join(tmpdir(), 'chambers-msm-kill-'))
let upstream: Upstream | undefined
afterEach(async () => {
  await upstream?.close()
  rmSync(folder, { recursive: true, force: true })
})

const out = join(folder, 'docs.jsonl')

function run(server: Upstream, kill: number | null) {
  const asked = ['--out', out, '--model', 'stand-in', '--documents', '80', '--json']
  const narrow = ['--domains', '3', '--subdomains', '3', '--types', '2']
  const environment = { DATA_DIR: join(folder, 'data'), UPSTREAM_BASE_URL: server.url }
  const args = ['harvest', 'msm', ...asked, ...narrow]
  return runCommand({ args, environment, upstream: server }, kill)
}

it(
  'pays nothing twice that is kept, through kills',
  async () => {
    const standIn = createStandIn()
    const asked = new Map<string, number>()
    upstream = await startUpstream(async ({ body }) => {
      asked.set(body, (asked.get(body) ?? 0) + 1)
      const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } }
      const response = await standIn('http://stand-in.invalid/v1/chat/completions', init)
      return { text: await response.text(), headers: { 'content-type': 'application/json' } }
    })
    const kept = new Map<string, number>()
    const state = `${out}.state.jsonl`
    for (let kill = 0; kill < KILLS; kill++) {
      await run(upstream, 15 + Math.floor(Math.random() * 15))
      expect([existsSync(out), existsSync(`${out}.manifest.json`)]).toEqual([false, false])
      // A torn last line counts as never written, and so may be paid again.
      const whole = existsSync(state) ? readFileSync(state, 'utf8').split('\n').slice(1, -1) : []
      for (const line of whole) kept.set(JSON.parse(line).key, 1)
    }
    expect(kept.size).toBeGreaterThan(20)
    const last = await run(upstream, null)
    expect([last.code, last.printed]).toEqual([0, expect.stringContaining('"rows":80')])
    const lines = readFileSync(state, 'utf8').trim().split('\n').slice(1)
    const keys = lines.map((line) => JSON.parse(line).key)
    expect(new Set(keys).size).toBe(keys.length)
    // What was asked twice was under way when a kill came: at most as many as run at once.
    const twice = [...asked.values()].reduce((sum, count) => sum + count - 1, 0)
    expect(twice).toBeLessThanOrEqual(KILLS * 8)
    expect(asked.size).toBe(keys.length)

    const rows = readFileSync(out, 'utf8')
    rmSync(out)
    const before = upstream.requests.length
    expect((await run(upstream, null)).code).toBe(0)
    expect(readFileSync(out, 'utf8')).toBe(rows)
    expect(upstream.requests).toHaveLength(before)
  },
  HUNG_MS,
)
