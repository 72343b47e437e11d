/**
 * Sealed records of a gateway as the transcripts of an export, opened with the private key. They come once; their rows, without
 * content, lie beside the data meanwhile, in a file that has no name and is gone with the process. File I/O.
 */
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceItem, TranscriptSource } from '../../harvest/export/source.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { StoredLabel } from '../../transcript/record/label.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { StoredRow } from '../../transcript/record/row.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { linesOf } from '../shell/lines-of.ts'
import { unseal, unsealLabels } from '../shell/unseal.node.ts'

export type SealedSource = TranscriptSource & { readonly close: () => void }

export type SealedOptions = {
  readonly lines: AsyncIterable<JsonObject>
  readonly open: Open
  /** A folder with room. */
  readonly scratch: string
}

export function openSealedSource({ lines, open, scratch }: SealedOptions): SealedSource {
  const spool = openSpool(scratch)
  return {
    async *read(wants) {
      for await (const record of lines) {
        const row = rowOf(record)
        spool.add(row)
        if (wants(row)) yield await opened(record, row, open)
      }
    },
    rows: () => spool.rows(),
    close: () => spool.close(),
  }
}

/** As a gateway has written it; only what nobody may harvest has no more than a name. */
function rowOf(record: JsonObject): StoredRow {
  const { sections = [], sealed, transcript, labels: _labels, ...row } = record
  // Of what nobody may harvest there is no word of content, be it that there is none.
  const hasContent = sealed !== undefined || transcript !== undefined
  const named = Array.isArray(sections) ? sections.map((section) => ` ${String(section)} `) : []
  return {
    ...row,
    sections: named.join(''),
    contentKey: hasContent ? 'there' : null,
  } as unknown as StoredRow
}

async function opened(record: JsonObject, row: StoredRow, open: Open): Promise<SourceItem> {
  const { sealed = null, transcript = null, labels = [] } = record
  const content =
    typeof sealed === 'string'
      ? await unseal(open, { id: row.id, sealed })
      : (transcript as unknown as Transcript | null)
  const stored = labels as unknown as readonly StoredLabel[]
  return { row, transcript: content, labels: await unsealLabels(stored, open) }
}

function openSpool(parent: string) {
  const folder = mkdtempSync(join(parent, '.scratch-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const descriptor = openSync(join(folder, 'rows.jsonl'), 'w+', 0o600)
  if (process.platform !== 'win32') remove()
  let end = 0
  return {
    add(row: StoredRow) {
      const line = Buffer.from(`${JSON.stringify(row)}\n`)
      for (let at = 0; at < line.length; )
        at += writeSync(descriptor, line, at, line.length - at, end + at)
      end += line.length
    },
    async *rows(): AsyncGenerator<StoredRow> {
      if (end === 0) return
      const stream = createReadStream('', {
        fd: descriptor,
        autoClose: false,
        start: 0,
        end: end - 1,
      })
      for await (const line of linesOf(stream)) yield JSON.parse(line) as StoredRow
    },
    close() {
      closeSync(descriptor)
      remove()
    },
  }
}
