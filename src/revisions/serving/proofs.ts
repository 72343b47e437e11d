/**
 * Which revisions were proved with keys that may sign, kept in the copies: a signer who leaves does not take along what
 * they signed. I/O through the port of copies. An entry speaks for one envelope, byte for byte, under one number; it admits
 * nothing, and whoever may write the copies is trusted like whoever names the signers.
 */
import * as z from 'zod'
import type { Copies } from '../../lib/copies.ts'
import { sha256Hex } from '../../lib/digest.ts'
import { canonicalJson, type JsonValue } from '../../lib/json.ts'
import { checkCopies } from '../checked-copies.ts'
import { DIGEST, type Envelope, POLICY_ID } from '../revision.ts'
import type { ProvenRevision, RevisionName } from './proven.ts'

export interface Proofs {
  /** True where the very same envelope was proved before; what cannot be read proves nothing. */
  has(name: RevisionName, envelope: Envelope): Promise<boolean>
  /** Keeps what serves a policy, as far as it was proved with keys that were fetched or given. */
  note(policy: string, revisions: readonly ProvenRevision[]): Promise<void>
}

const digest = z.string().regex(DIGEST)

const proofsSchema = z.array(
  z.strictObject({
    policy: z.string().regex(POLICY_ID),
    number: z.int().min(1),
    digest,
    /** SHA-256 of the canonical envelope. */
    envelope: digest,
  }),
)

type Proof = z.infer<typeof proofsSchema>[number]

const NAME = 'proofs'
/** What serves, what is staged, and a few before them. */
const KEPT_EACH = 8

export function createProofs(copies: Copies): Proofs {
  const { read, write } = checkCopies(copies)

  const readProofs = async (): Promise<readonly Proof[]> => {
    const kept = await read(NAME, proofsSchema)
    return kept === null || kept === 'unreadable' ? [] : kept
  }

  return {
    async has(name, envelope) {
      try {
        const wanted = await proofOf(name, envelope)
        return (await readProofs()).some((proof) => isSame(proof, wanted))
      } catch {
        return false
      }
    },
    async note(policy, revisions) {
      const proved = revisions.filter(({ trust }) => trust !== 'remembered')
      const news = await Promise.all(
        proved.map(({ bundle, envelope }) =>
          proofOf({ policy, number: bundle.revision, digest: bundle.digest }, envelope),
        ),
      )
      const kept = await readProofs()
      if (news.every((proof) => kept.some((one) => isSame(one, proof)))) return
      const isOld = (proof: Proof) => !news.some((one) => isSame(one, proof))
      const own = [...news, ...kept.filter((one) => one.policy === policy && isOld(one))]
      const others = kept.filter((one) => one.policy !== policy)
      const all: JsonValue = [...own.slice(0, KEPT_EACH), ...others]
      await write(NAME, all)
    },
  }
}

async function proofOf(name: RevisionName, envelope: Envelope): Promise<Proof> {
  return { ...name, envelope: await sha256Hex(canonicalJson(envelope)) }
}

function isSame(one: Proof, other: Proof): boolean {
  return (
    one.policy === other.policy &&
    one.number === other.number &&
    one.digest === other.digest &&
    one.envelope === other.envelope
  )
}
