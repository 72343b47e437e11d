/**
 * What an example is compared by, as bytes that are kept beside the row it gave: so that a later export knows duplicates of it
 * without its text. Pure. 76 bytes: the fingerprint of its words, and its signature.
 */
import { fingerprint } from '../../text/fingerprint.ts'
import { SIGNATURE_WORDS } from '../../text/min-hash.ts'
import type { Trace } from '../stage.ts'

export type Print = { readonly exact: number; readonly signature: Uint32Array }

const EXACT_BYTES = 8
const BYTES = EXACT_BYTES + SIGNATURE_WORDS * 4

export function packPrint({ exact, signature }: Pick<Trace, 'exact' | 'signature'>): Uint8Array {
  const bytes = new Uint8Array(BYTES)
  const view = new DataView(bytes.buffer)
  view.setFloat64(0, fingerprint(exact))
  signature.forEach((values, band) => {
    view.setUint32(EXACT_BYTES + band * 4, values)
  })
  return bytes
}

/** Null for what another version has packed. */
export function readPrint(bytes: Uint8Array): Print | null {
  if (bytes.length !== BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const signature = Uint32Array.from({ length: SIGNATURE_WORDS }, (_, band) =>
    view.getUint32(EXACT_BYTES + band * 4),
  )
  return { exact: view.getFloat64(0), signature }
}
