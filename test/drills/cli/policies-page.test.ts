/** The page for the people who write policies, as one of them would follow it: what it shows is written, what it says is run. */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from '../../../src/node.ts'
import { POLICIES_FOLDER } from '../../../src/start/node/load-policies.node.ts'

const PAGE = readFileSync(join(POLICIES_FOLDER, 'README.md'), 'utf8')
const ADDRESS = 'http://127.0.0.1:8787'
const START = /^POLICY_SIGNERS="\$\(cat (\S+)\)" npm start$/
const WATCHED_SECONDS = 4

type Block = { readonly language: string; readonly file: string; readonly text: string }

const blocks: readonly Block[] = [...PAGE.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```$/gms)].map(
  ([, language = '', file = '', text = '']) => ({ language, file, text }),
)

/** One command may go on over several lines. */
const commandsOf = (text: string) => text.trimEnd().split(/(?<!\\)\n/)

const folder = mkdtempSync(join(tmpdir(), 'chambers-page-'))
const main = resolve(import.meta.dirname, '../../../src/cli/main.node.ts')
const exported: string[] = []
let gateway: Gateway | undefined

beforeAll(() => {
  cpSync(POLICIES_FOLDER, join(folder, 'policies'), { recursive: true })
})
afterAll(async () => {
  await gateway?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Where the page says `npm start`, the gateway is started as that does, on a free port. */
async function run(command: string): Promise<string> {
  const [, signers] = START.exec(command) ?? []
  if (signers !== undefined) {
    const environment = {
      PORT: '0',
      DATA_DIR: join(folder, '.chambers'),
      POLICY_SIGNERS: readFileSync(join(folder, signers), 'utf8'),
    }
    gateway = await startGateway({ environment, print: () => {} })
    return ''
  }
  const here = command.replaceAll(ADDRESS, gateway?.url ?? ADDRESS)
  if (here.startsWith('export ')) exported.push(here)
  const npx = `npx() { shift; "${process.execPath}" "${main}" "$@"; }`
  const watched = here.endsWith('--watch')
  const bounded = watched
    ? `timeout ${WATCHED_SECONDS} bash -c '${npx}; ${here}' || [ $? = 124 ]`
    : here
  const script = [npx, ...exported, bounded].join('\n')
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder })
  return stdout
}

/** A setting of the page takes the place of the one that is there. */
function write({ language, file, text }: Block): void {
  const path = join(folder, file)
  if (language !== 'yaml') {
    writeFileSync(path, text)
    return
  }
  const names = text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/:.*$/, ''))
  const kept = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => !names.some((name) => line.startsWith(`${name}:`)))
  writeFileSync(path, `${kept.join('\n')}\n${text}`)
}

describe('policies/README.md', () => {
  it('fits one page', () => {
    const lines = PAGE.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(238)
    expect(lines.filter((line) => line.length > 120)).toEqual([])
  })

  it('holds from its first command to its last', async () => {
    const told: Record<string, string> = {}
    for (const block of blocks) {
      if (block.language !== 'sh') write(block)
      else for (const command of commandsOf(block.text)) told[command] = await run(command)
    }
    const said = (beginning: string) =>
      Object.entries(told).find(([command]) => command.startsWith(beginning))?.[1]
    expect(said('npx chambers policy check')).toBe(
      'desk/default: 0 errors, 0 warnings; 18 sections, 215 golden cases\n',
    )
    expect(said('npx chambers policy diff active desk/default')).toContain('GAM Gambling (added)')
    expect(said('npx chambers policy sign desk/default')).toContain('Signed default revision 1')
    expect(said('npx chambers policy push desk/first')).toContain('signed by     ann\n')
    expect(said('npx chambers policy sign --add default@1')).toContain('GAM Gambling (added)')
    expect(said('npx chambers policy sign --add default@1 --key')).toContain(
      'Signed as bob, and pushed: default revision 1 bears ann, bob\n',
    )
    expect(said('npx chambers policy activate default 1 --percent 5')).toContain('serves 5 % of')
    expect(said('npx chambers policy status')).toContain('serves 5 % of callers\n')
    expect(said('npx chambers policy halt')).toMatch(
      /the built-in policy \(\w+\) serves everyone\n$/,
    )
    const [, served = ''] = /revision 1 \((\w+)\) serves everyone\n$/.exec(
      said('npx chambers policy activate default 1 --percent 100') ?? '',
    ) ?? ['', 'nothing']
    expect(said('curl -si')).toContain(`x-chambers-policy: default@${served}`)
    expect(said('npx chambers policy stop')).toMatch(/revision 2 \(\w+\) serves everyone\n/)
    expect(said('npx chambers policy stop')).toContain('waits for the others to sign\n')
    expect(said('npx chambers policy sign --add default@2')).toContain('waits no longer\n')
    expect(said('npx chambers policy rollback')).toMatch(/revision 3 \(\w+\) serves everyone\n$/)
    expect(said('npx chambers policy list default')).toMatch(
      /^3 {3}serves .*\n2 {3}served .*\n1 {3}served /m,
    )
    const log = said('npx chambers audit list')
    expect(log).toContain(
      'policy.stop default: 1 → 2; Too strict on sports news; lacks signatures: 1',
    )
    expect(log).toContain('policy.rollback default: 2 → 3')
    expect(said('npx chambers policy diff none acme@1')).toContain('A new policy: all of acme')
    expect(said('npx chambers policy diff default acme')).toContain('New in acme: ')
    expect(said('npx chambers policy activate acme')).toMatch(
      /acme: revision 1 \(\w+\) serves everyone\n$/,
    )
    expect(said('npx chambers policy move')).toContain('policy acme serves 5 % of callers')
    expect(said('npx chambers audit verify')).toMatch(/^Whole: \d+ entries fit one another\nHead: /)
  })
})
