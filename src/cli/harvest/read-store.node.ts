/**
 * The transcripts of this machine's database, for what reads a store from end to end: the one way beside the routes of the desk,
 * where a million of them would be written as JSON and read again for nothing. I/O in the database; reads alone.
 */
import type { TranscriptSource } from '../../harvest/export/source.ts'
import { createStoreSource } from '../../harvest/export/store-source.ts'
import { decodeTranscript } from '../../transcript/record/encode.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { TranscriptRow } from '../../transcript/record/row.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { settleNumbers } from '../../transcript/store/changes.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import { isSealedKey } from '../../transcript/store/entry.ts'
import type { NumberRange, TranscriptFilter } from '../../transcript/store/list.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import type { Own } from '../desk/own-ports.node.ts'
import { unseal, unsealLabels } from '../shell/unseal.node.ts'

type Content = (row: TranscriptRow) => Promise<Transcript | null>

/** With their labels. @throws Error where they are sealed, and the right key is missing. */
export function readStore(
  own: Own,
  {
    filter,
    range,
    open,
  }: { readonly filter: TranscriptFilter; readonly range: NumberRange; readonly open: Open | null },
): TranscriptSource {
  const { database, ports } = own
  const labels = async (ids: readonly string[]) =>
    unsealLabels(await ports.labels.of(ids, range.through), open)
  return createStoreSource({ database, content: contentOf(own, open), labels }, filter, range)
}

/** Without labels; what is sealed and comes without a key has no content. */
export async function readStoreAsFarAsOpen(
  own: Own,
  filter: TranscriptFilter,
  open: Open | null,
): Promise<TranscriptSource> {
  const { database } = own
  const range = { after: 0, through: await settleNumbers(database) }
  const read = contentOf(own, open)
  const content: Content = async (row) =>
    open === null && isSealedKey(row.contentKey ?? '') ? null : read(row)
  return createStoreSource({ database, content, labels: () => Promise.resolve([]) }, filter, range)
}

function contentOf({ database }: Own, open: Open | null): Content {
  const blobs = createDatabaseBlobs(database)
  return async function content({ id, contentKey }) {
    const bytes = contentKey === null ? null : await blobs.get(contentKey)
    if (!bytes) return null
    if (isSealedKey(contentKey ?? '')) {
      return unseal(open, { id, sealed: new TextDecoder().decode(bytes) })
    }
    const decoded = await decodeTranscript(Uint8Array.from(bytes), zlibCompression)
    return decoded.ok ? decoded.value : null
  }
}
