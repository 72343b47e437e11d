/** What `chambers harvest export` asks of the place that the rows come from: its database, or a gateway. Types only. */

import type { ExportFiles } from '../../harvest/export/files/write-files.node.ts'
import type { ExportEnd } from '../../harvest/export/serving/stream-writers.ts'
import type { Format } from '../../harvest/formats/format.ts'
import type { Io } from '../shell/io.ts'

export type ExportRunOptions = {
  readonly format: Format
  readonly files: ExportFiles
  /** A folder beside the data: there is room, and it is as well guarded. */
  readonly scratch: string
  readonly io: Io
}

export type Ran = ExportEnd & {
  /** Notes the export by its manifest, before its files are there, and gives its id. @throws Error where it must not be kept. */
  readonly note: (manifestDigest: string) => Promise<string>
}

export type RunExport = (options: ExportRunOptions) => Promise<Ran>

export type OpenedExport = AsyncDisposable & { readonly run: RunExport }
