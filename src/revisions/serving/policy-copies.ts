/**
 * What served, kept beside the database: of each policy its state with the signed revisions and contents it names, and the
 * highest number that was ever committed. I/O through the port of copies. A copy is a source like any other: what it says
 * is proved by its reader. Nothing in it is secret.
 */
import * as z from 'zod'
import type { Clock } from '../../lib/clock.ts'
import type { Copies } from '../../lib/copies.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { Bundle } from '../../policy/section.ts'
import { type CheckedCopies, checkCopies } from '../checked-copies.ts'
import type { PolicyState } from '../registry.ts'
import { DIGEST, envelopeSchema, POLICY_ID } from '../revision.ts'
import type { Committed } from './committed.ts'
import type { RevisionSource } from './prove-revision.ts'
import type { ProvenState } from './prover.ts'
import { isSameState } from './snapshot.ts'

const policyId = z.string().regex(POLICY_ID)
const digest = z.string().regex(DIGEST)
const number = z.int().min(0)

const indexSchema = z.strictObject({
  /** Wall time at which the database was last known to be in reach. */
  reached: z.number(),
  policies: z.array(z.strictObject({ policy: policyId, number, digest })),
})

const names = z.array(z.string()).nullable()
const callersSchema = z.strictObject({ tenants: names, apps: names })

const stateSchema: z.ZodType<PolicyState> = z.strictObject({
  policy: policyId,
  version: z.int().min(1),
  action: z.enum(['activate', 'stage', 'halt', 'rollback', 'move', 'stop', 'sign']),
  active: number,
  activeDigest: digest,
  candidate: number.nullable(),
  candidateDigest: digest.nullable(),
  percent: z.number(),
  shadow: z.boolean(),
  changed: z.number(),
  changedBy: z.string(),
  reason: z.string().nullable(),
  // Absent in what programs before them have written.
  callers: callersSchema.nullable().default(null),
  move: z
    .strictObject({
      to: policyId,
      percent: z.number(),
      shadow: z.boolean(),
      callers: callersSchema.nullable(),
    })
    .nullable()
    .default(null),
  stopped: number.nullable().default(null),
})

const policySchema = z.strictObject({
  state: stateSchema,
  revisions: z.array(
    z.strictObject({ number, digest, envelope: envelopeSchema, content: z.json() }),
  ),
})

export type IndexCopy = {
  readonly reached: number
  readonly policies: ReadonlyMap<string, Committed>
}

export type PolicyCopy = { readonly state: PolicyState; readonly source: RevisionSource }

export interface PolicyCopies {
  /** Null where there is none; `unreadable` where it is not whole. */
  readIndex(): Promise<IndexCopy | 'unreadable' | null>
  readPolicy(policy: string): Promise<PolicyCopy | 'unreadable' | null>
  /** Numbers that are kept already never go down. */
  writeIndex(committed: ReadonlyMap<string, Committed>): Promise<void>
  /** Leaves a newer one as it is: instances may share the copies. */
  writePolicy(proven: ProvenState): Promise<void>
}

const INDEX = 'policies'

export function createPolicyCopies({
  copies,
  clock,
}: {
  readonly copies: Copies
  readonly clock: Clock
}): PolicyCopies {
  const { read, write } = checkCopies(copies)
  const readIndex = () => readIndexCopy(read)
  const readPolicy = (policy: string) => read(nameOf(policy), policySchema)
  return {
    readIndex,
    async readPolicy(policy) {
      const copy = await readPolicy(policy)
      if (copy === null || copy === 'unreadable') return copy
      return copy.state.policy === policy ? sourceOf(copy) : 'unreadable'
    },
    async writeIndex(committed) {
      const before = await readIndex()
      const merged = mergeCommitted(before === 'unreadable' ? null : before, committed)
      const policies = [...merged].map(([policy, one]) => ({ policy, ...one }))
      await write(INDEX, { reached: clock.now(), policies })
    },
    async writePolicy({ snapshot: { state }, revisions }) {
      if (!state) return
      const before = await readPolicy(state.policy)
      if (before !== null && before !== 'unreadable' && !isNewer(state, before.state)) return
      const copied = revisions.map(({ bundle, envelope }) => ({
        number: bundle.revision,
        digest: bundle.digest,
        envelope,
        content: contentOf(bundle),
      }))
      const copy = { state: withoutEmpty(state), revisions: copied }
      await write(nameOf(state.policy), copy as unknown as JsonValue)
    },
  }
}

async function readIndexCopy(
  read: CheckedCopies['read'],
): Promise<IndexCopy | 'unreadable' | null> {
  const copy = await read(INDEX, indexSchema)
  if (copy === null || copy === 'unreadable') return copy
  const policies = copy.policies.map(({ policy, ...committed }) => [policy, committed] as const)
  return { reached: copy.reached, policies: new Map(policies) }
}

function sourceOf({ state, revisions }: z.infer<typeof policySchema>): PolicyCopy {
  const source: RevisionSource = {
    envelope: async (_policy, wanted) =>
      revisions.find((one) => one.number === wanted)?.envelope ?? null,
    content: async (wanted) => revisions.find((one) => one.digest === wanted)?.content ?? null,
  }
  return { state, source }
}

function mergeCommitted(
  before: IndexCopy | null,
  committed: ReadonlyMap<string, Committed>,
): ReadonlyMap<string, Committed> {
  const merged = new Map(before?.policies)
  for (const [policy, one] of committed) {
    if (one.number >= (merged.get(policy)?.number ?? 0)) merged.set(policy, one)
  }
  return merged
}

function isNewer(state: PolicyState, kept: PolicyState): boolean {
  if (isSameState(kept, state) || state.active < kept.active) return false
  return state.active > kept.active || state.version >= kept.version
}

/** Programs that know of no callers, moves and stops read what has none. */
function withoutEmpty({ callers, move, stopped, ...state }: PolicyState): object {
  const told = { ...(callers && { callers }), ...(move && { move }) }
  return { ...state, ...told, ...(stopped !== null && { stopped }) }
}

function nameOf(policy: string): string {
  return `policy-${policy}`
}

function contentOf({ digest: _digest, revision: _revision, ...content }: Bundle): JsonValue {
  return content as unknown as JsonValue
}
