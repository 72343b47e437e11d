import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readPayload } from '../../../../src/revisions/revision.ts'
import { POLICIES_FOLDER } from '../../../../src/start/node/load-policies.node.ts'
import { chambersIn } from '../../../unit/cli/chambers.ts'
import { openDesk } from '../desk.ts'

const desk = await openDesk('database')
afterAll(() => desk[Symbol.asyncDispose]())
const { chambers, file, key, policy } = desk

const read = (name: string) => JSON.parse(readFileSync(file(name), 'utf8'))
const sign = (name: string, ...more: readonly string[]) =>
  chambers('policy', 'sign', policy, '--key', key('ann'), '--out', file(name), ...more)

/** A revision file with something altered. */
function forge(name: string, alter: (revision: ReturnType<typeof read>) => object): string {
  writeFileSync(file(`forged-${name}`), JSON.stringify(alter(read(name))))
  return file(`forged-${name}`)
}

describe('chambers policy sign', () => {
  it('writes what the gateway takes: the signature and the files of the policy, and no others', async () => {
    writeFileSync(join(policy, 'README.md'), 'Notes of the authors')
    writeFileSync(join(policy, 'sections', '.EXF.md.swp'), 'An editor')
    expect((await sign('plain.json')).code).toBe(0)
    const { jws, files, ...rest } = read('plain.json')
    expect(rest).toEqual({})
    const paths: readonly string[] = files.map(({ path }: { path: string }) => path)
    expect(paths).toContain('policy.yaml')
    expect(paths.filter((path) => /README|\.swp/.test(path))).toEqual([])
    expect(readPayload(jws)).toMatchObject({
      policy: 'agentic',
      revision: 1,
      author: 'ann',
      note: '',
    })
  })

  it('says what the first signer says', async () => {
    await sign(
      'said.json',
      '--number',
      '7',
      '--note',
      'Why',
      '--author',
      'Ann of T&S',
      '--expires',
      '30d',
    )
    const { notBefore, expires, ...payload } = readPayload(read('said.json').jws)
    expect(payload).toMatchObject({ revision: 7, note: 'Why', author: 'Ann of T&S' })
    const days = (Date.parse(expires ?? '') - Date.parse(notBefore)) / 86_400_000
    expect(days).toBe(30)
    expect(Date.parse(notBefore)).toBeLessThanOrEqual(Date.now())
  })

  it('says for which deployment it is, as it is told or as the environment says', async () => {
    const audienceOf = (name: string) => readPayload(read(name).jws).audience
    await sign('named.json', '--audience', 'production')
    expect(audienceOf('named.json')).toBe('production')
    const there = chambersIn({ ...desk.environment, POLICY_AUDIENCE: 'staging' })
    const signed = ['policy', 'sign', policy, '--key', key('ann')]
    await there(...signed, '--out', file('there.json'))
    expect(audienceOf('there.json')).toBe('staging')
    await sign('nowhere.json')
    expect(audienceOf('nowhere.json')).toBeUndefined()
    const shown = await chambers('policy', 'sign', '--add', file('named.json'))
    expect(shown.stdout).toContain('for        production\n')
    const pushed = await there('policy', 'push', file('named.json'))
    expect([pushed.code, pushed.stdout + pushed.stderr]).toEqual([
      1,
      expect.stringContaining(
        'Sign it for this deployment, with --audience staging: it is signed for production',
      ),
    ])
  })

  it('shows what was signed, and signs nothing without a key', async () => {
    await sign('shown.json', '--note', 'Sharper line')
    const before = readFileSync(file('shown.json'), 'utf8')
    const shown = await chambers('policy', 'sign', '--add', file('shown.json'))
    expect(shown.code).toBe(0)
    for (const text of [
      'agentic revision 1\n',
      'note       Sharper line\n',
      'ann (as the file says)',
    ]) {
      expect(shown.stdout).toContain(text)
    }
    expect(shown.stdout).toMatch(/follows {4}\w{12}, which serves now\n/)
    expect(shown.stdout).toContain('Changes to what serves now:\n  none: it says the same\n')
    expect(shown.stderr).toBe('Nothing was signed: give --key to sign this\n')
    expect(readFileSync(file('shown.json'), 'utf8')).toBe(before)
  })

  it('does not let one key sign twice', async () => {
    await sign('twice.json')
    const twice = await chambers('policy', 'sign', '--add', file('twice.json'), '--key', key('ann'))
    expect(twice).toMatchObject({
      code: 1,
      stderr: 'Sign with another key: the revision bears one of ann already\n',
    })
  })

  it('shows nothing that was not signed', async () => {
    await sign('whole.json')
    const forged = forge('whole.json', ({ jws, files }) => ({
      jws,
      files: files.map((one: { path: string; text: string }) => ({
        ...one,
        text: one.path === 'policy.yaml' ? one.text.replace('enforce', 'off') : one.text,
      })),
    }))
    const added = await chambers('policy', 'sign', '--add', forged, '--key', key('bob'))
    expect([added.code, added.stdout]).toEqual([1, ''])
    expect(added.stderr).toMatch(
      /^Do not trust this file: Sign what is sent: the bundle is \w+, and \w+ was signed\n$/,
    )
    expect(await desk.json('policy', 'push', forged)).toMatchObject([
      { ok: false, problems: [{ code: 'digest_mismatch' }] },
    ])
  })

  it('makes text of others harmless on a terminal', async () => {
    await sign('steering.json', '--note', 'Good\u001B[2Jnews')
    const { stdout } = await chambers('policy', 'sign', '--add', file('steering.json'))
    expect(stdout).not.toContain('\u001B')
    expect(stdout).toContain('note       Good\uFFFD[2Jnews\n')
  })

  it('names file and line of an error, and signs nothing', async () => {
    const path = join(policy, 'sections', 'EXF.md')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/^severity: .*$/m, 'severity: grave'))
    const { code, stderr } = await sign('wrong.json')
    writeFileSync(path, text)
    expect(code).toBe(1)
    expect(stderr).toMatch(/agentic\/sections\/EXF\.md:\d+: error: Correct severity/)
    expect(stderr).toContain('Correct the errors above first: nothing was signed\n')
    expect(() => read('wrong.json')).toThrow('ENOENT')
  })

  it('names file and line of a golden case that fails, and signs nothing', async () => {
    const path = join(policy, 'tests', 'EXF.jsonl')
    const text = readFileSync(path, 'utf8')
    const failing =
      '{"id":"exf-x","messages":[{"role":"user","content":"Good morning"}],"expect":{"sections":["EXF"]}}'
    writeFileSync(path, `${text}${failing}\n`)
    const { code, stderr } = await sign('failing.json')
    writeFileSync(path, text)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /agentic\/tests\/EXF\.jsonl:\d+: error: Make the section EXF come up in full for exf-x, or correct the case \(recall of EXF: \d+ of \d+, wants 1\) \[test_failed\]\n/,
    )
    expect(() => read('failing.json')).toThrow('ENOENT')
  })

  it.each([
    [['a', 'b', '--key', 'k'], 'Name one folder and a key'],
    [[policy], 'Name one folder and a key'],
    [[policy, '--key', key('ann'), '--number', '0'], 'Set --number to a whole number from 1: 0'],
    [[policy, '--key', key('ann'), '--expires', 'soon'], 'Set --expires to a date like 2027-01-31'],
    [
      ['--add', 'x', '--note', 'y'],
      'Leave out --note: with --add the text of somebody else is signed',
    ],
    [['nowhere', '--key', key('ann')], 'Name the folder of a policy: nowhere is not there; '],
  ])('is used wrongly with %j', async (args, message) => {
    const { code, stdout, stderr } = await chambers('policy', 'sign', ...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })

  it.each([
    [['--key', file('jwks')], 'Name the private key that `chambers keys keypair` wrote with --key'],
    [['--key', file('nothing.json')], 'Name a file or folder that is there: '],
  ])('cannot sign with %j', async (args, message) => {
    const { code, stderr } = await chambers('policy', 'sign', policy, ...args)
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)])
  })

  it('wants a number where nobody knows the next one', async () => {
    const alone = chambersIn({ DATA_DIR: file('nowhere') })
    const args = ['policy', 'sign', join(POLICIES_FOLDER, 'agentic'), '--key', key('ann')]
    expect(await alone(...args)).toMatchObject({
      code: 2,
      stderr: 'Give --number, or --url of the gateway that knows the next one\n',
    })
    const out = file('numbered.json')
    expect((await alone(...args, '--number', '3', '--out', out)).code).toBe(0)
    expect(readPayload(read('numbered.json').jws)).toMatchObject({ revision: 3, supersedes: null })
  })

  it('tells a stranger that the gateway knows no key of theirs, and kept nothing', async () => {
    const number = await desk.publish('Signed')
    const name = `agentic@${number}`
    const signed = await chambers('policy', 'sign', '--add', name, '--key', key('eve'))
    expect([signed.code, signed.stderr]).toEqual([
      1,
      'Nothing was done: Have the public half of eve put into POLICY_SIGNERS first, by whoever runs the gateway, then sign again: it knows no key of that name, and the signature was not kept\n',
    ])
    expect(signed.stdout).not.toContain('Signed as')
    const [told] = await desk.json('policy', 'sign', '--add', name, '--key', key('eve'))
    expect(told).toMatchObject({ ok: false, reason: 'signer_unknown' })
  })

  it.each([
    ['agentic', 'Name a file that is there, or a revision that was pushed as ID@NUMBER: agentic\n'],
    [
      'agentic@99',
      'Push revision 99 of agentic first, or look at policy list agentic: it is not there in the database of this machine; CHAMBERS_URL names a gateway\n',
    ],
    ['agentc@1', 'Name a policy that is there (agentic, default): agentc\n'],
    [
      './no.json',
      'Name a file that is there, or a revision that was pushed as ID@NUMBER: ./no.json\n',
    ],
  ])('knows no revision called %s', async (name, stderr) => {
    const added = await chambers('policy', 'sign', '--add', name, '--key', key('bob'))
    expect(added).toMatchObject({ code: 1, stderr })
  })
})
