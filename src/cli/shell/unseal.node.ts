/**
 * Sealed transcripts and labels in the clear, on the machine that has the private key. No I/O of its own.
 * Without the key nothing is guessed: whoever asks is told which option gives it.
 */
import type { HumanLabel, StoredLabel } from '../../transcript/record/label.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import { type Open, type OpenFailure, openTranscript } from '../../transcript/seal/open.ts'
import { openLabel } from '../../transcript/store/labels.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import { KEY_WANTED, OTHER_KEY_WANTED } from './transcript-key-file.node.ts'

/** A sealed transcript; null where it is damaged. @throws Error where the right key is missing. */
export async function unseal(
  open: Open | null,
  sealed: { readonly id: string; readonly sealed: string },
): Promise<Transcript | null> {
  if (!open) throw new Error(KEY_WANTED)
  const opened = await openTranscript(sealed, { open, compression: zlibCompression })
  if (opened.ok) return opened.value
  refuseOtherKey(opened.failure)
  return null
}

/** Labels with their texts; those that are damaged are left out. @throws Error where the right key is missing. */
export async function unsealLabels(
  labels: readonly StoredLabel[],
  open: Open | null,
): Promise<readonly HumanLabel[]> {
  const opened: HumanLabel[] = []
  for (const { sealed, ...label } of labels) {
    if (sealed === null) {
      opened.push(label)
      continue
    }
    if (!open) throw new Error(KEY_WANTED)
    const one = await openLabel({ sealed, ...label }, { open, packing: zlibCompression })
    if (one.ok) opened.push(one.value)
    else refuseOtherKey(one.failure)
  }
  return opened
}

function refuseOtherKey({ reason }: OpenFailure): void {
  if (reason === 'key_missing') throw new Error(OTHER_KEY_WANTED)
}
