/**
 * Goes along the audit log and finds the first entry that does not fit. Hashes through WebCrypto, otherwise pure: entries
 * come from whoever has them, one after the other, and none is kept.
 * A log whose end was cut off is whole in itself: only a head that was kept elsewhere, the anchor, shows that.
 */
import { fail, type Result, succeed } from '../lib/result.ts'
import { type AuditEntry, type AuditHead, GENESIS, hashOf } from './audit-log.ts'

export type ChainFault =
  /** The entry is not what was written: its hash is of something else. */
  | { readonly reason: 'changed'; readonly seq: number }
  /** Nothing stands under this number. */
  | { readonly reason: 'missing'; readonly seq: number }
  /** The entry stands where another should. */
  | { readonly reason: 'out_of_order'; readonly seq: number }
  /** The entry is whole, and was written after another one than stands before it. */
  | { readonly reason: 'replaced'; readonly seq: number }
  /** The log ends before the anchor. */
  | { readonly reason: 'cut'; readonly seq: number; readonly head: AuditHead }
  /** Under the anchor's number stands another entry, and all that follows was written anew. */
  | { readonly reason: 'rewritten'; readonly seq: number; readonly head: AuditHead }

export type VerifyChainOptions = {
  /** All of them, in the order in which they are kept. */
  readonly entries: AsyncIterable<AuditEntry>
  /** A head that an earlier run has told, or null. */
  readonly anchor: AuditHead | null
}

/** Gives the head of a log that is whole. Rejects only where the entries cannot be had. */
export async function verifyChain(
  options: VerifyChainOptions,
): Promise<Result<AuditHead, ChainFault>> {
  const { anchor } = options
  const entries = options.entries[Symbol.asyncIterator]()
  let head = GENESIS
  let met = anchor?.seq === head.seq ? head.hash : null
  for (let next = await entries.next(); !next.done; next = await entries.next()) {
    const entry = next.value
    const seq = head.seq + 1
    if (entry.seq !== seq) return fail(await misplaced(entry, seq, entries))
    if (!(await isWhole(entry))) return fail({ reason: 'changed', seq })
    if (entry.prev !== head.hash) return fail({ reason: 'replaced', seq })
    head = { seq, hash: entry.hash }
    if (seq === anchor?.seq) met = entry.hash
  }
  if (!anchor || met === anchor.hash) return succeed(head)
  return fail({ reason: met === null ? 'cut' : 'rewritten', seq: anchor.seq, head })
}

/** Of a number that was passed over, only the rest of the log tells whether it is there at all. */
async function misplaced(
  { seq: found }: AuditEntry,
  wanted: number,
  rest: AsyncIterator<AuditEntry>,
): Promise<ChainFault> {
  if (!(found > wanted)) return { reason: 'out_of_order', seq: found }
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    if (next.value.seq === wanted) return { reason: 'out_of_order', seq: found }
  }
  return { reason: 'missing', seq: wanted }
}

async function isWhole(entry: AuditEntry): Promise<boolean> {
  try {
    return (await hashOf(entry)) === entry.hash
  } catch {
    // A value that no canonical JSON can hold was never written by this program.
    return false
  }
}
