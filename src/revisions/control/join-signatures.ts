/**
 * Signatures that come after a revision was pushed join those that it bears, in whatever order and from wherever they come;
 * what was signed is never altered by it. Where one person's stop lacked them, they end its waiting. I/O through the store.
 */
import type { AuditEvent } from '../../audit/audit-log.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type {
  AdmissionProblem,
  JoinedSignature,
  PolicyState,
  RevisionRecord,
  VerifiedRevision,
} from '../registry.ts'
import { type Envelope, MAX_SIGNATURES } from '../revision.ts'
import { type ControlPorts, nextState } from './change-state.ts'
import { waitingOf } from './count-signatures.ts'

type Joining = {
  readonly kept: RevisionRecord
  /** Of the same payload. */
  readonly envelope: Envelope
  readonly actor: string
}

/** The revision with the signatures that are news among those sent; sending none that is news is no error. */
export async function joinSignatures(
  ports: ControlPorts,
  { kept, envelope, actor }: Joining,
): Promise<Result<RevisionRecord, readonly AdmissionProblem[]>> {
  const { store, clock } = ports
  const borne = new Set(kept.jws.signatures.map(({ signature }) => signature))
  if (envelope.signatures.every(({ signature }) => borne.has(signature))) {
    return endWaiting(ports, { kept, actor })
  }
  const sent = await ports.verify(envelope)
  if (!sent.ok) return sent
  const there = await ports.verify(kept.jws)
  // Of those who signed it nobody may be trusted any more; what is broken is not mended by others.
  if (!there.ok && there.failure.some(({ code }) => code !== 'signer_unknown')) return there
  const before = there.ok ? there.value.signers : []
  const known = new Set(before.map(({ thumbprint }) => thumbprint))
  const joined = { joined: clock.now(), joinedBy: actor }
  const news = signaturesOf(sent.value)
    .filter(({ thumbprint }) => !known.has(thumbprint))
    .map((one): JoinedSignature => ({ ...one, ...joined }))
  if (news.length === 0) return endWaiting(ports, { kept, actor })
  if (kept.jws.signatures.length + news.length > MAX_SIGNATURES) return fail([TOO_MANY])
  const state = await endedStop(ports, { kept, signers: [...before, ...news], actor })
  const event = signEvent({ kept, signers: news.map(({ kid }) => kid), state, actor })
  const stored = await store.join(kept, news, { state, event })
  const { policy, number } = kept
  const now = await store.revision(policy, number)
  if (!now) throw new Error(`A revision that is kept cannot be read: ${policy} ${number}`)
  // Whoever was quicker may have brought the same signature, or another that is the last one with these; or changed what serves.
  if (!stored.ok || !state) return joinSignatures(ports, { kept: now, envelope, actor })
  await ports.onChanged()
  return succeed(now)
}

/** The revision as it is; where it is a stop that waits and lacks nothing by now, it waits no longer. */
async function endWaiting(
  ports: ControlPorts,
  { kept, actor }: Omit<Joining, 'envelope'>,
): Promise<Result<RevisionRecord, never>> {
  const { store, states, verify } = ports
  const current = await states.current(kept.policy)
  if (current?.active !== kept.number || current.stopped === null) return succeed(kept)
  const borne = await verify(kept.jws)
  const signers = borne.ok ? borne.value.signers : []
  const state = await endedStop(ports, { kept, signers, actor })
  if (!state) return succeed(kept)
  const event = signEvent({ kept, signers: [], state, actor })
  // Whoever was quicker has ended it, or changed what serves.
  if ((await store.change(state, event)).ok) await ports.onChanged()
  return succeed(kept)
}

/** Whose signatures are news, and whether a stop lacks none by them. */
function signEvent({
  kept: { policy, number, digest },
  signers,
  state,
  actor,
}: Omit<Joining, 'envelope'> & {
  readonly signers: readonly string[]
  readonly state: PolicyState | null
}): AuditEvent {
  const ended = state && { version: state.version, stop: 'complete' }
  const joined = signers.length > 0 && { signers }
  const details = { revision: number, digest, ...joined, ...ended }
  return { actor, action: 'policy.sign', policy, tenant: null, details }
}

const TOO_MANY: AdmissionProblem = {
  code: 'envelope_unreadable',
  message: `Leave it as it is: a revision bears at most ${MAX_SIGNATURES} signatures`,
  pointer: '/jws/signatures',
}

function signaturesOf({ signers, envelope }: VerifiedRevision) {
  return envelope.signatures.flatMap((signature, index) => {
    const signer = signers[index]
    return signer ? [{ ...signature, ...signer }] : []
  })
}

/** The state in which a stop waits no longer; null where none waits, or it still lacks signatures. */
async function endedStop(
  { states, clock }: ControlPorts,
  options: {
    readonly kept: RevisionRecord
    readonly signers: VerifiedRevision['signers']
    readonly actor: string
  },
): Promise<PolicyState | null> {
  const { kept, signers, actor } = options
  const { policy, number } = kept
  const current = await states.current(policy)
  if (!current || current.active !== number || current.stopped === null) return null
  if (waitingOf(signers, await states.signatures(current))) return null
  const { version: _v, changed: _c, changedBy: _b, policy: _p, ...same } = current
  const change = { ...same, action: 'sign', reason: null, stopped: null } as const
  return nextState(clock, { policy, current, change, actor })
}
