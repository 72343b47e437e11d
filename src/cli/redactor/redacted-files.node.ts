/** Files of an export whose rows a redactor looks at first: many at once, written in their order. No I/O of its own. */
import type { DatasetSplit } from '../../harvest/example.ts'
import type { ExportFiles } from '../../harvest/export/files/write-files.node.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { RowRedactor } from './redactor-command.node.ts'

/** As many rows are held. */
const MAX_AT_ONCE = 32

type Pending = { readonly row: Promise<JsonObject>; readonly split: DatasetSplit }

export function redactedFiles(files: ExportFiles, redactor: RowRedactor): ExportFiles {
  const pending: Pending[] = []
  const writeFirst = async () => {
    const first = pending.shift()
    if (first) await files.write(await first.row, first.split)
  }
  return {
    ...files,
    async write(row, split) {
      const redacted = redactor.redact(row)
      // Whoever waits for it hears of it; until then nobody else must.
      redacted.catch(() => {})
      pending.push({ row: redacted, split })
      if (pending.length >= MAX_AT_ONCE) await writeFirst()
    },
    async finish() {
      while (pending.length > 0) await writeFirst()
      return files.finish()
    },
  }
}
