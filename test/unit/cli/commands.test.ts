/** Help is made from what commands declare: every command of the table names every option that it takes, with its sentence. */
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../../src/cli/commands.node.ts'
import { chambersIn } from './chambers.ts'

const chambers = chambersIn({})
const entries = Object.entries(COMMANDS)
/** As words, however the lines are broken. */
const wordsOf = (text: string) => text.replaceAll(/\s+/g, ' ')

describe('chambers COMMAND --help', () => {
  it.each(entries)('tells all that %s takes', async (name, { usage, summary, load }) => {
    const { options, positionals } = await load()
    const { code, stdout, stderr } = await chambers(...name.split(' '), '--help')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Usage: chambers ${usage}\n`)
    const words = wordsOf(stdout)
    expect(words).toContain(summary)
    for (const [option, { takes, says, default: value }] of Object.entries(options)) {
      expect(words).toContain(` --${option} ${takes === undefined ? '' : `${takes} `}`)
      expect(words).toContain(says)
      if (value !== undefined) expect(words).toContain(`default: ${value}`)
    }
    for (const { takes, says } of Object.values(positionals)) {
      expect(usage).toContain(takes)
      expect(words).toContain(says)
    }
    expect(words).toContain(' --json ')
  })

  it.each(entries)('fits 80 columns: %s', async (name) => {
    const { stdout } = await chambers(...name.split(' '), '--help')
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it.each(entries.filter(([name]) => name !== 'serve'))(
    'refuses by name what %s does not take',
    async (name) => {
      const refused = await chambers(...name.split(' '), '--colour', 'red')
      expect(refused).toEqual({
        code: 2,
        stdout: '',
        stderr: `Unknown option '--colour'\nSee chambers ${name} --help\n`,
      })
    },
  )

  it.each(entries.filter(([name]) => name.includes(' ')))(
    'is pointed to by the help of its group: %s',
    async (name, { usage, summary }) => {
      const [group = ''] = name.split(' ')
      const { code, stdout } = await chambers(group, '--help')
      expect(code).toBe(0)
      expect(wordsOf(stdout)).toContain(`${usage} ${summary}`)
      expect(stdout).not.toContain('chambers serve')
    },
  )

  it('answers a group without a command with the commands of the group', async () => {
    const { code, stdout, stderr } = await chambers('policy')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Unknown command: policy\n\nUsage: chambers policy COMMAND\n/)
  })
})

describe('arguments', () => {
  it.each([
    [['policy', 'status', 'now'], "Leave out 'now': only options are taken here"],
    [['keys', 'create', '--rpm'], "Option '--rpm <value>' argument missing"],
    [['policy', 'status', '--watch=2'], "Option '--watch' does not take an argument"],
  ])('%j are refused, and help is named', async (args, message) => {
    const { code, stdout, stderr } = await chambers(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe(`${message}\nSee chambers ${args.slice(0, 2).join(' ')} --help\n`)
  })

  it.each([
    [['policy', 'push'], 'Name one signed revision: chambers policy push FILE'],
    [['policy', 'push', 'a', 'b'], 'Name one signed revision: chambers policy push FILE'],
    [['policy', 'activate', 'default'], 'Name a policy and the number of a revision'],
    [['policy', 'activate', 'default', 'one'], 'Name a policy and the number of a revision'],
    [['policy', 'rollback', 'default'], 'Name one policy and a key'],
    [['policy', 'rollback', 'default', '--key', 'a', '--file', 'b'], 'Name one policy and a key'],
    [['harvest', 'golden'], 'Name the file: chambers harvest golden --out FILE'],
    [['harvest', 'msm'], 'Name the file to write: chambers harvest msm --out FILE'],
    [
      ['harvest', 'msm', '--out', 'a', '--types', '0'],
      'Set --types to a whole number from 1 to 200',
    ],
    [
      ['keys', 'keypair', '--out', 'a', '--for', 'fun'],
      'Set --for to revisions or transcripts: fun',
    ],
  ])('%j are answered with what to write instead', async (args, message) => {
    const { code, stdout, stderr } = await chambers(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })
})
