/**
 * The page for the people who write policies, as two of them would follow it, on two machines: what it shows is written, what it
 * says is run. A machine has a home and a clone of its own; from one to the other goes what the page says is sent, and no more.
 */
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from '../../../src/node.ts'
import { POLICIES_FOLDER } from '../../../src/start/node/load-policies.node.ts'

const PAGE = readFileSync(join(POLICIES_FOLDER, 'README.md'), 'utf8')
const ADDRESS = 'http://127.0.0.1:8787'
const START = /^POLICY_SIGNERS="\$\(cat (\S+)\)" npm start$/
const ADMIN = 'npx chambers admins create bob --scope policy:read --scope policy:write'
const WATCHED_SECONDS = 4

type Block = { readonly language: string; readonly file: string; readonly text: string }

const blocks: readonly Block[] = [...PAGE.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```$/gms)].map(
  ([, language = '', file = '', text = '']) => ({ language, file, text }),
)

/** One command may go on over several lines. */
const commandsOf = (text: string) => text.trimEnd().split(/(?<!\\)\n/)

const root = mkdtempSync(join(tmpdir(), 'chambers-page-'))
const main = resolve(import.meta.dirname, '../../../src/cli/main.node.ts')
let gateway: Gateway | undefined

type Machine = { readonly home: string; readonly clone: string; readonly exported: string[] }

function machineOf(name: string): Machine {
  const machine = { home: join(root, name), clone: join(root, name, 'clone'), exported: [] }
  cpSync(POLICIES_FOLDER, join(machine.clone, 'policies'), { recursive: true })
  return machine
}

const ann = machineOf('ann')
const bob = machineOf('bob')
const machines: Record<string, Machine> = { ann, bob, '': ann }

/** What travels, as the page says. */
const SENT = 'desk/signers.json'

afterAll(async () => {
  await gateway?.close()
  rmSync(root, { recursive: true, force: true })
})

/** The public halves, to the other machine. */
function send({ clone: from }: Machine, { clone: to }: Machine): void {
  if (!existsSync(join(from, SENT))) return
  mkdirSync(join(to, 'desk'), { recursive: true })
  cpSync(join(from, SENT), join(to, SENT))
}

/** Where the page says `npm start`, the gateway is started as that does, on a free port. */
async function run(command: string, machine: Machine): Promise<string> {
  const { home, clone: folder, exported } = machine
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
  const { CHAMBERS_URL: _u, CHAMBERS_TOKEN: _t, ...inherited } = process.env
  const env = { ...inherited, HOME: home }
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder, env })
  return stdout
}

/** A setting of the page takes the place of the one that is there. */
function write({ language, file, text }: Block): void {
  const path = join(ann.clone, file)
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
    expect(lines.length).toBeLessThanOrEqual(260)
    expect(lines.filter((line) => line.length > 120)).toEqual([])
  })

  it('holds from its first command to its last', async () => {
    const told: Record<string, string> = {}
    let last = ann
    for (const block of blocks) {
      if (block.language !== 'sh') {
        write(block)
        continue
      }
      const machine = machines[block.file] ?? ann
      if (machine !== last) send(last, machine)
      last = machine
      for (const command of commandsOf(block.text)) {
        const given = command.replace(/=TOKEN$/, `=${told[ADMIN]?.trim()}`)
        told[command] = await run(given, machine)
      }
    }
    expect(existsSync(join(ann.home, 'bob.json'))).toBe(false)
    expect(existsSync(join(bob.home, 'ann.json'))).toBe(false)
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
