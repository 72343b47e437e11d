/** Which export `--since` names: by its id, or by a manifest on this machine. File I/O; reads alone. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { nameOfExport } from '../../harvest/export/increment/export-name.ts'
import { isJsonObject, parseJson } from '../../lib/json.ts'
import { UsageError } from '../shell/io.ts'

const EXPORT_ID = /^ex_[0-9a-f]{32}$/

const manifestSchema = z.looseObject({
  format: z.looseObject({ name: z.string() }),
  arguments: z.record(z.string(), z.json()),
  increment: z.looseObject({
    after: z.number(),
    through: z.number(),
    since: z.string().nullable(),
  }),
  redaction: z.looseObject({ command: z.looseObject({ name: z.string() }).nullable() }).optional(),
})

export type Since = {
  /** Its id, or its name. */
  readonly name: string
  /** Null where it is named by its id. */
  readonly manifest: z.output<typeof manifestSchema> | null
}

/** @throws UsageError that says what to name instead. */
export async function readSince(since: string): Promise<Since> {
  if (EXPORT_ID.test(since)) return { name: since, manifest: null }
  const path = manifestAt(since)
  const parsed = parseJson(readManifestText(path))
  const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
  const read = manifestSchema.safeParse(value)
  if (read.success) {
    const { format, arguments: asked, increment } = read.data
    const name = await nameOfExport({ format: format.name, arguments: asked, increment })
    return { name, manifest: read.data }
  }
  if (value.manifest === 1 && value.increment === undefined) {
    throw new UsageError(
      `Make a whole export first, without --since: ${path} is of a program that did not note how far it read`,
    )
  }
  throw new UsageError(`Name an earlier export with --since: ${path} is no manifest of one`)
}

/** A folder, the one file of an export, or a manifest itself. */
function manifestAt(place: string): string {
  if (isFolder(place)) return join(place, 'manifest.json')
  return place.endsWith('manifest.json') ? place : `${place}.manifest.json`
}

function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function readManifestText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(
      `Name the folder of an earlier export with --since, its manifest, or its id, as ex_…: there is no ${path}`,
    )
  }
}
