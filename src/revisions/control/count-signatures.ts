/**
 * Whether a revision bears the signatures that are asked of it, and whose do not count. I/O through the ports.
 * Asked when it is to serve and never remembered: who may sign, and how many must, may change between a push and that.
 */
import type { SignatureSettings } from '../../policy/section.ts'
import { ActiveUnreadable } from '../policy-states.ts'
import type {
  AdmissionProblem,
  MissingSignatures,
  PolicyState,
  RevisionRecord,
  VerifiedRevision,
} from '../registry.ts'
import type { ControlPorts } from './change-state.ts'

type CountPorts = Pick<ControlPorts, 'verify' | 'states' | 'store'>

/** Null where it bears enough. */
export function waitingOf(
  signers: VerifiedRevision['signers'],
  { required, signers: of }: SignatureSettings,
): MissingSignatures | null {
  const counted = signers.filter(({ kid }) => of.length === 0 || of.includes(kid))
  const missing = Math.max(0, required - counted.length)
  return missing === 0 ? null : { required, of, bears: counted.map(({ kid }) => kid), missing }
}

/** In words for people: `It wants 2 signatures and bears 1 that counts (ann)`. */
export function tellWaiting({ required, of, bears }: MissingSignatures): string {
  const among = of.length === 0 ? '' : ` of ${of.join(', ')}`
  const whose = bears.length === 0 ? 'none that counts' : `${bears.length} that counts`
  const names = bears.length === 0 ? '' : ` (${bears.join(', ')})`
  return `It wants ${required} signature${required === 1 ? '' : 's'}${among} and bears ${whose}${names}`
}

/**
 * What each of a policy's kept revisions lacks now, in their order; null where it lacks nothing, or its number has passed. Who must
 * sign is read once, of however many: it takes the whole bundle that serves.
 */
export async function waitingNow(
  ports: CountPorts,
  policy: string,
  records: readonly RevisionRecord[],
): Promise<readonly (MissingSignatures | null)[]> {
  const state = await ports.states.current(policy)
  const mayWait = ({ number }: RevisionRecord) =>
    number > (state?.active ?? 0) || (number === state?.active && state.stopped !== null)
  const settings = records.some(mayWait) ? await settingsOf(ports, state) : null
  return Promise.all(
    records.map(async (record) =>
      settings && mayWait(record) ? waitingOf(await signersNow(ports, record), settings) : null,
    ),
  )
}

/** Null where nothing can follow what cannot be read, whoever signs it: an activation says so. */
async function settingsOf(
  { states }: Pick<CountPorts, 'states'>,
  state: PolicyState | null,
): Promise<SignatureSettings | null> {
  try {
    return await states.signatures(state)
  } catch (error) {
    if (error instanceof ActiveUnreadable) return null
    throw error
  }
}

/** With their keys out of reach, those who counted when they came are the best that is known. */
async function signersNow(
  { verify }: Pick<CountPorts, 'verify'>,
  { jws, report }: RevisionRecord,
): Promise<VerifiedRevision['signers']> {
  const verified = await verify(jws).catch(() => null)
  if (!verified) return named(report.signers)
  return verified.ok ? verified.value.signers : []
}

function named(kids: readonly string[]): VerifiedRevision['signers'] {
  return kids.map((kid) => ({ kid, thumbprint: kid }))
}

/** Why a kept revision must not serve yet; null where it may. */
export async function hinderedBySignatures(
  ports: CountPorts,
  { current, record }: { readonly current: PolicyState | null; readonly record: RevisionRecord },
): Promise<string | null> {
  const { policy, number } = record
  const verified = await ports.verify(record.jws)
  const others = verified.ok ? verified.value.passedOver : verified.failure
  const told = (await tellSigners(ports, policy, others)).map(({ message }) => message)
  const signers = verified.ok ? verified.value.signers : []
  const waiting = waitingOf(signers, await ports.states.signatures(current))
  if (!waiting) return hinderedByMoves(ports, { policy, signers, digest: null })
  const join = `Have it signed first, by \`policy sign --add ${policy}@${number}\` with the key of somebody else`
  return [join, tellWaiting(waiting), ...told].join('. ')
}

/**
 * Why something must not serve a policy to which callers of others are moved; null where it may. What they get bears what their
 * own policy asks for: else one person would give them a text by way of another policy (decision 0039). `digest`: of what has
 * served before, and may have borne enough then.
 */
export async function hinderedByMoves(
  ports: CountPorts,
  options: {
    readonly policy: string
    readonly signers: VerifiedRevision['signers']
    readonly digest: string | null
  },
): Promise<string | null> {
  const { policy, signers, digest } = options
  const states = await ports.states.all()
  const upTo = states.find((state) => state.policy === policy)?.active ?? 0
  for (const from of states) {
    if (from.move?.to !== policy) continue
    const settings = await ports.states.signatures(from)
    const waiting = waitingOf(signers, settings)
    if (!waiting) continue
    if (digest !== null && (await hasBorne(ports, { policy, digest, upTo, settings }))) continue
    return `Halt the move to ${policy} first, or have this signed by as many as the policy asks for whose callers come. ${tellWaiting(waiting)}`
  }
  return null
}

/**
 * Whether a text of a policy, under a number or one before it, has borne so many signatures when they came; what is built in came
 * with the program.
 */
export async function hasBorne(
  { store, states }: Pick<CountPorts, 'store' | 'states'>,
  options: {
    readonly policy: string
    readonly digest: string
    readonly upTo: number
    readonly settings: SignatureSettings
  },
): Promise<boolean> {
  const { policy, digest, upTo, settings } = options
  if ((await states.bundle(policy, 0))?.digest === digest) return true
  const records = await store.revisions(policy, { before: upTo + 1, limit: LOOKED_BACK })
  return records.some(
    (one) => one.digest === digest && waitingOf(named(one.report.signers), settings) === null,
  )
}

/** How far back whoever may sign no more is looked for, and who has signed a text. */
const LOOKED_BACK = 100

/** The same problems, those of keys that are not trusted with when they were: whoever left is told from a stranger. */
export async function tellSigners(
  { store }: Pick<CountPorts, 'store'>,
  policy: string,
  problems: readonly AdmissionProblem[],
): Promise<readonly AdmissionProblem[]> {
  if (!problems.some(({ code }) => code === 'signer_unknown')) return problems
  const records = await store.revisions(policy, { before: null, limit: LOOKED_BACK })
  return problems.map((problem) => {
    const { code, signer = '', message } = problem
    const last = records.find(({ report }) => report.signers.includes(signer))
    if (code !== 'signer_unknown' || !last) return problem
    const day = new Date(last.pushed).toISOString().slice(0, 10)
    return {
      ...problem,
      message: `${message} now; it counted last on revision ${last.number}, of ${day}`,
    }
  })
}
