/** A policy from nothing to a stop, by two people in two folders with nothing but the gateway, or its database, between them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Desk, openDesk, type Way } from '../desk.ts'

const WAYS: readonly Way[] = ['gateway', 'database']

/** The desk's policy under an id of its own, of which nothing serves. */
function makeNew(desk: Desk, settings = ''): void {
  const path = join(desk.policy, 'policy.yaml')
  const text = readFileSync(path, 'utf8').replace(/^id: .*$/m, 'id: acme')
  writeFileSync(path, `${text}\n${settings}\n`)
}

/** Runs the command that a hint prints after a sentence, with the key of somebody. */
async function runHint(desk: Desk, hints: string, sentence: RegExp, key = '') {
  const lines = hints.split('\n')
  const at = lines.findIndex((line) => sentence.test(line))
  const command = lines[at + 1] ?? ''
  expect([at >= 0, command]).toEqual([true, expect.stringMatching(/^ {2}npx chambers /)])
  const words = command
    .trim()
    .replace(/^npx chambers /, '')
    .replace(/ --url \S+$/, '')
    .split(' ')
  return desk.chambers(...words.map((word) => (word === 'KEY' ? key : word)))
}

describe.each(WAYS)('a new policy, through the %s,', (way) => {
  it('is there from its push, and what is printed leads on', async () => {
    await using desk = await openDesk(way)
    makeNew(desk)
    const { chambers, json, key, file, policy } = desk
    const out = file('acme.json')
    await chambers('policy', 'sign', policy, '--key', key('ann'), '--out', out)
    const pushed = await chambers('policy', 'push', out)
    expect(pushed.stderr).toContain('It serves nobody yet. Next, for everyone who names acme:\n')
    expect((await chambers('policy', 'list')).stdout).toMatch(
      /^acme +nobody yet +- +1 admitted +\d{4}/m,
    )
    expect((await chambers('policy', 'list', 'acme')).stdout).toMatch(
      /^acme serves nobody yet\nno +state .*\n1 +admitted /,
    )
    expect((await chambers('policy', 'status')).stdout).toMatch(
      /acme {2}serves nobody yet; revision 1 admitted, pushed .* by /,
    )
    const [whole] = await json('policy', 'diff', 'none', 'acme@1')
    expect([whole.from, whole.to.id, whole.sections[0].change]).toEqual([null, 'acme', 'added'])
    const folder = await chambers('policy', 'diff', 'active', policy)
    expect(folder.stderr).toBe('Nothing of acme serves yet: it is compared with nothing\n')
    expect(folder.stdout).toMatch(/^nothing → acme@\w{12}\nA new policy: all of acme is new\. /)
    const both = await chambers('policy', 'diff', 'default', 'acme')
    expect(both.stdout).toContain('\nNew in acme: DCP, EXF')
    expect(both.stdout).toContain('\nOnly in default: ')
    const served = await runHint(desk, pushed.stderr, /for everyone who names acme/)
    expect(served.stdout).toMatch(/acme: revision 1 \(\w+\) serves everyone\n$/)
    const moved = await runHint(desk, pushed.stderr, /callers of another policy to it in steps/)
    expect(moved.stdout).toContain('policy acme serves 5 % of callers')
  })

  it('that was refused is there, too, and says that nothing of it serves', async () => {
    await using desk = await openDesk(way)
    makeNew(desk)
    const { chambers, key, file, policy } = desk
    await chambers('policy', 'sign', policy, '--key', key('eve'), '--out', file('acme.json'))
    const pushed = await chambers('policy', 'push', file('acme.json'))
    expect(pushed.stderr).toContain('Take the signature of eve off, or have somebody else sign')
    expect((await chambers('policy', 'list')).stdout).toMatch(/^acme +nobody yet +- +1 rejected/m)
    expect(await chambers('policy', 'halt', 'acme')).toMatchObject({
      code: 1,
      stderr: 'Activate a revision of acme first: it serves nobody yet (policy list acme)\n',
    })
  })

  it('is shown whole to who signs second, from the file and from the gateway', async () => {
    await using desk = await openDesk(way)
    makeNew(desk)
    const { chambers, key, file, policy } = desk
    const out = file('acme.json')
    const note = ['--note', 'From nothing']
    await chambers('policy', 'sign', policy, '--key', key('ann'), '--out', out, ...note)
    const shown = await chambers('policy', 'sign', '--add', out)
    expect(shown.stdout).toContain('The whole of it, because nothing of this policy serves yet:\n')
    expect(shown.stdout).toContain('{+')
    await chambers('policy', 'push', out)
    const there = await chambers('policy', 'sign', '--add', 'acme@1')
    expect(there.stdout).toBe(shown.stdout)
    expect(there.stdout).toContain('note       From nothing\n')
  })
})

describe.each(WAYS)('the second signature, through the %s,', (way) => {
  /** Revision 1 serves and asks for two signatures; revision 2 bears Ann's. */
  const started = async () => {
    const desk = await openDesk(way)
    const { chambers, key, file, policy } = desk
    desk.edit('policy.yaml', 'precedence:', 'signatures: { required: 2 }\nprecedence:')
    await chambers('policy', 'activate', 'agentic', String(await desk.publish('one')))
    desk.edit('policy.yaml', 'title: one', 'title: two')
    const out = file('two.json')
    await chambers('policy', 'sign', policy, '--key', key('ann'), '--out', out)
    return { desk, out, pushed: await chambers('policy', 'push', out) }
  }

  it('joins on another machine, that has nothing but the gateway and a key', async () => {
    const { desk, pushed } = await started()
    await using _ = desk
    const { chambers, key } = desk
    expect([pushed.code, pushed.stdout]).toEqual([
      0,
      expect.stringContaining('Kept, waiting for signatures: agentic revision 2'),
    ])
    expect((await chambers('policy', 'list', 'agentic')).stdout).toMatch(
      /^2 +waits .*\n1 +serves .*\n\nRevision 2 waits: It wants 2 signatures and bears 1 that counts \(ann\)\n/m,
    )
    const early = await chambers('policy', 'activate', 'agentic', '2', '--shadow')
    expect([early.code, early.stderr]).toEqual([
      1,
      expect.stringContaining('Have it signed first, by `policy sign --add agentic@2`'),
    ])
    const signed = await runHint(desk, pushed.stderr, /Next, somebody else/, key('bob'))
    expect(signed.stdout).toContain('Changes to what serves now:\n  settings: title\n')
    expect(signed.stdout).toContain(
      'Signed as bob, and pushed: agentic revision 2 bears ann, bob\n',
    )
    const staged = await runHint(desk, signed.stderr, /without effect/)
    expect(staged.stdout).toContain('runs in shadow, without effect')
  })

  it('joins by a file that is pushed again, and more than are wanted do', async () => {
    const { desk, out } = await started()
    await using _ = desk
    const { chambers, json, key } = desk
    const mine = desk.file('bob/two.json')
    mkdirSync(desk.file('bob'))
    writeFileSync(mine, readFileSync(out))
    await chambers('policy', 'sign', '--add', mine, '--key', key('bob'))
    expect(await json('policy', 'push', mine)).toMatchObject([
      { ok: true, number: 2, waiting: null, report: { signers: ['ann', 'bob'] } },
    ])
    expect(await json('policy', 'activate', 'agentic', '2')).toMatchObject([{ active: 2 }])
  })

  it('of one who may not sign is taken off by name', async () => {
    const { desk, out } = await started()
    await using _ = desk
    const { chambers, json, key } = desk
    for (const person of ['bob', 'eve'] as const) {
      await chambers('policy', 'sign', '--add', out, '--key', key(person))
    }
    expect(await json('policy', 'push', out)).toMatchObject([
      { ok: true, waiting: null, report: { signers: ['ann', 'bob'] } },
    ])
    expect(await chambers('policy', 'sign', '--remove', 'eve', out)).toMatchObject({
      code: 0,
      stdout: 'Took the signature of eve off: it bears ann, bob\n',
    })
    expect(await chambers('policy', 'sign', '--remove', 'eve', out)).toMatchObject({
      code: 1,
      stderr: 'Name somebody who signed it (ann, bob): eve\n',
    })
  })
})

describe.each(WAYS)('one person, through the %s,', (way) => {
  it('stops what serves, and the other one signs it later', async () => {
    await using desk = await openDesk(way)
    const { chambers, json, key } = desk
    desk.edit('policy.yaml', 'precedence:', 'signatures: { required: 2 }\nprecedence:')
    await chambers('policy', 'activate', 'agentic', String(await desk.publish('one')))
    await chambers('policy', 'activate', 'agentic', String(await desk.publish('two', 'ann', 'bob')))
    const [one] = await json('policy', 'diff', 'built-in', '1', '--policy', 'agentic')
    const why = ['--reason', 'It refuses nurses']
    const stopped = await chambers('policy', 'stop', 'agentic', '--key', key('ann'), ...why)
    expect(stopped.stdout).toMatch(/agentic: revision 3 \(\w+\) serves everyone\n/)
    expect(stopped.stdout).toContain(`revision 3 (${one.to.digest.slice(0, 12)})`)
    expect(stopped.stdout).toContain('Stopped by ann: it serves now, and waits for the others')
    expect((await chambers('policy', 'status')).stdout).toContain(
      '  stopped   revision 2 of agentic, by one person; revision 3 waits for more signatures',
    )
    expect((await chambers('policy', 'list', 'agentic')).stdout).toMatch(
      /Revision 3 waits: It wants 2 signatures and bears 1 that counts \(ann\)\n\nStopped revision 2 at .* by \S+: It refuses nurses\n/,
    )
    expect(await chambers('policy', 'stop', 'agentic', '--key', key('bob'), ...why)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nobody stops twice in a row'),
    })
    const signed = await runHint(desk, stopped.stderr, /Next, somebody else/, key('bob'))
    expect(signed.stdout).toContain('Changes to what it stops:\n  settings: title\n')
    expect(signed.stdout).toContain('The stop bears all that it wants, and waits no longer\n')
    expect(await json('policy', 'list')).toMatchObject([{ active: 3, stopped: null }, {}])
    expect((await chambers('audit', 'list')).stdout).toMatch(
      /policy\.stop agentic: 2 → 3; It refuses nurses; lacks signatures: 1\n.*policy\.sign agentic: .*revision 3, signers bob, stop complete\n/,
    )
  })

  it('stops whatever number somebody else has taken', async () => {
    await using desk = await openDesk(way)
    const { chambers, json, key, file, policy } = desk
    desk.edit('policy.yaml', 'precedence:', 'signatures: { required: 2 }\nprecedence:')
    await chambers('policy', 'activate', 'agentic', String(await desk.publish('one')))
    const far = ['--number', '100000000000001', '--out', file('far.json')]
    await chambers('policy', 'sign', policy, '--key', key('bob'), ...far)
    expect(await json('policy', 'push', file('far.json'))).toMatchObject([{ waiting: {} }])
    const why = ['--reason', 'It refuses nurses', '--to', 'built-in']
    const near = await chambers('policy', 'stop', 'agentic', '--key', key('ann'), ...why)
    expect(near.stdout).toMatch(/agentic: revision 2 \(\w+\) serves everyone\n/)
    const back = ['policy', 'rollback', 'agentic', '--to', '1', '--number', '7']
    const keys = ['--key', key('ann'), '--key', key('bob')]
    expect(await json(...back, ...keys)).toMatchObject([{ active: 7, stopped: null }])
  })

  it('says why, and with which key', async () => {
    await using desk = await openDesk(way)
    const { chambers, key } = desk
    expect(await chambers('policy', 'stop', 'agentic', '--key', key('ann'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Give --reason'),
    })
    expect(
      await chambers('policy', 'stop', 'agentic', '--key', key('ann'), '--reason', 'Why'),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing else of agentic has served'),
    })
  })
})

describe('a candidate that nobody says whose it is', () => {
  it('is that of the policy which alone has one', async () => {
    await using desk = await openDesk('database')
    const { chambers } = desk
    expect(await chambers('policy', 'diff', 'active', 'candidate')).toMatchObject({
      code: 1,
      stderr: 'Stage a revision first: no policy has a candidate\n',
    })
    await chambers('policy', 'activate', 'agentic', String(await desk.publish('one')), '--shadow')
    const diff = await chambers('policy', 'diff', 'active', 'candidate')
    expect([diff.code, diff.stdout]).toEqual([0, expect.stringMatching(/^agentic@\w+ → agentic@/)])
    const other = await chambers('policy', 'diff', 'active', 'candidate', '--policy', 'default')
    expect(other.stderr).toContain('policy default has no candidate; with --policy: agentic')
  })
})
