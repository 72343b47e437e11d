/** Commands whose reader leaves: as a shell runs them, since what a closed pipe does is the system's to say. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDesk } from '../desk.ts'

const MAIN = join(import.meta.dirname, '../../../../src/cli/main.node.ts')

type Ended = { readonly stdout: string; readonly stderr: string }

/** `$C` is the command line; the first word of what is printed last is the exit code of what stands before the first pipe. */
function inShell(script: string, environment: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      '/bin/bash',
      ['--norc', '-c', script],
      { env: { PATH: process.env.PATH, C: `${process.execPath} ${MAIN}`, ...environment } },
      (_error, stdout, stderr) => resolve({ stdout, stderr }),
    )
  })
}

const dataDir = mkdtempSync(join(tmpdir(), 'chambers-pipes-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

beforeAll(async () => {
  const made = await inShell('for i in 1 2 3 4; do $C keys create; done; echo $?', {
    DATA_DIR: dataDir,
  })
  expect(made.stdout).toMatch(/\n0\n$/)
})

const PRINTING = [
  'policy list',
  'policy list default',
  'policy list --json',
  'policy status',
  'policy diff policies/default active --policy default',
  'policy build policies/default --json',
  'policy check',
  'policy test',
  'keys list',
  'keys list --json',
  'audit list',
  'audit list --json',
  'audit verify',
  'harvest stats',
  'harvest export --help',
  'policy --help',
  'help',
]

/** Opens 4 as a pipe whose reader has left before anything is written. */
const LEFT = 'exec 4> >(true); wait $!;'

describe.each(PRINTING)('chambers %s', (command) => {
  it('ends quietly, and as it would have, where its reader has left', async () => {
    const unread = await inShell(`${LEFT} $C ${command} >&4; echo $?`, { DATA_DIR: dataDir })
    expect(unread.stdout).toBe('0\n')
    expect(unread.stderr).not.toMatch(/EPIPE|node:|^\s+at /m)
  })
})

describe('chambers', () => {
  it('says nothing of a terminal that is gone, nor of streams that are closed', async () => {
    const closed = await inShell(
      '$C keys list >&-; echo $?; $C keys list 2>&- | head -1 >/dev/null; echo $?; $C nope >&- 2>&-; echo $?',
      {
        DATA_DIR: dataDir,
      },
    )
    expect(closed).toEqual({ stdout: '0\n0\n2\n', stderr: '' })
  })

  it('is cut where its reader has seen enough', async () => {
    const read = await inShell(
      `$C policy build policies/default --json | head -c 9; echo " \${PIPESTATUS[0]}"`,
      {
        DATA_DIR: dataDir,
      },
    )
    expect(read).toEqual({ stdout: '{"deliber 0\n', stderr: '' })
  })

  it('does what it was asked to do, however little of its answer is read', async () => {
    await inShell(`${LEFT} $C keys create --app unread >&4 2>&4`, { DATA_DIR: dataDir })
    const listed = await inShell('$C keys list', { DATA_DIR: dataDir })
    expect(listed.stdout).toContain(' unread ')
  })

  it('tells where what it wrote was lost, and fails', async () => {
    const full = await inShell('$C keys list > /dev/full; echo $?', { DATA_DIR: dataDir })
    expect(full.stdout).toBe('1\n')
    expect(full.stderr).toBe('Could not write the output: no space left on device\n')
  })

  it('tells where the last of it did not fit into a file, and fails', async () => {
    const file = join(dataDir, 'cut.json')
    const build = `(trap '' XFSZ; ulimit -f 4; $C policy build policies/default --json > ${file}); echo $?`
    const cut = await inShell(build, { DATA_DIR: dataDir })
    expect(cut).toEqual({
      stdout: '1\n',
      stderr: 'Could not write the output: file too large\n',
    })
  })

  it('takes no file that cannot be written for a reader who has left', async () => {
    const file = join(dataDir, 'read-only.txt')
    const lost = await inShell(`touch ${file}; $C keys list 1<${file}; echo $?`, {
      DATA_DIR: dataDir,
    })
    expect(lost).toEqual({
      stdout: '1\n',
      stderr: 'Could not write the output: bad file descriptor\n',
    })
  })

  it('stops watching when nobody looks', async () => {
    const watched = await inShell(
      `$C policy status --watch | head -1 >/dev/null; echo \${PIPESTATUS[0]}`,
      {
        DATA_DIR: dataDir,
      },
    )
    expect(watched).toEqual({ stdout: '0\n', stderr: '' })
  })

  it('is as quiet before a gateway', async () => {
    await using desk = await openDesk('gateway')
    const asked = await inShell(
      `$C policy list --url ${desk.gateway?.url} | head -1 >/dev/null; echo \${PIPESTATUS[0]}`,
      { DATA_DIR: desk.dataDir },
    )
    expect(asked).toEqual({ stdout: '0\n', stderr: '' })
  })
})
