/**
 * `chambers policy stop ID --key FILE --reason TEXT`: one person goes back, at once and for everyone, to what has served with all
 * signatures before. It makes, signs and sends a revision; whoever else must sign may do so later.
 */
import { signRevision } from '../../revisions/signing/sign-revision.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import { UsageError } from '../shell/io.ts'
import { isoSeconds } from '../shell/read-time.ts'
import { printNext, signStep } from './next-steps.ts'
import { NUMBER_OPTION } from './number-option.ts'
import { openControl } from './open-control.node.ts'
import { printChange } from './policy-activate.node.ts'
import { backTo, previousDigest } from './policy-rollback.node.ts'
import { AUDIENCE_OPTION, audienceOf } from './revision-audience.ts'
import { readSigningKey } from './revision-file.node.ts'
import { readStanding, requireState } from './standing.ts'

export const policyStop = declareCommand({
  positionals: { policy: { takes: 'ID', says: 'The policy' } },
  wanted: 'Name one policy: chambers policy stop ID --key FILE --reason TEXT',
  options: {
    ...CONNECTION,
    key: {
      takes: 'FILE',
      says: 'The private key of the person who stops',
      required: 'Give --key, the private key of the person who stops',
    },
    reason: {
      takes: 'TEXT',
      says: 'Why, for those who sign it after you',
      required: 'Give --reason, for those who sign it after you',
      read: readReason,
    },
    to: {
      takes: 'REVISION',
      says: 'What to go back to: previous, a number or a digest that has served everyone before',
      default: 'previous',
    },
    number: NUMBER_OPTION,
    audience: AUDIENCE_OPTION,
  },
  async run({ values, positionals: { policy } }, io) {
    const key = readSigningKey(values.key)
    await using control = await openControl({ ...values, environment: io.environment })
    const before = await requireState(control, policy)
    const number = values.number ?? (await readStanding(control, policy)).next
    const name = values.to === 'previous' ? await previousDigest(control, before) : values.to
    const audience = audienceOf(values, io)
    const payload = {
      policy,
      ...(audience !== null && { audience }),
      revision: number,
      ...(await backTo(control, policy, name)),
      notBefore: isoSeconds(Date.now()),
      author: key.kid ?? '',
      note: values.reason,
      supersedes: before.activeDigest,
      stop: true,
    } as const
    const jws = await signRevision({ payload, key })
    const changed = await control.stop({ policy, jws, expected: before.version })
    const code = printChange({ before, changed, url: values.url }, io)
    if (!changed.ok || io.json) return code
    const record = await control.revision(policy, number)
    if (record?.waiting) {
      io.stdout(`Stopped by ${key.kid}: it serves now, and waits for the others to sign\n`)
      printNext([signStep({ policy, number, waiting: record.waiting })], values, io)
    }
    return code
  },
})

function readReason(text: string, option: string): string {
  if (text.trim() !== '' && text.length <= 2000) return text
  throw new UsageError(`Set ${option} to a sentence of at most 2,000 characters`)
}
