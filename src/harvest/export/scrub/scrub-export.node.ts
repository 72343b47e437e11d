/**
 * Takes rows out of the files of an export, and out of what its manifest and card count. File I/O. All is written anew beside what is
 * there, under the names of what is unfinished, and takes its place as a new export does: a kill leaves the old one, or what the next
 * call goes on with. What is not as its manifest says is left alone.
 */
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { JsonObject } from '../../../lib/json.ts'
import { parseJson } from '../../../lib/json.ts'
import { idOfRow, transcriptOfRow } from '../../formats/row-id.ts'
import { digestFile } from '../files/digest-file.node.ts'
import type { RowEncoder } from '../files/encode-rows.ts'
import { manifestText } from '../files/manifest.ts'
import {
  type ExportFiles,
  namesBeside,
  openExportFiles,
  resumePublishing,
} from '../files/write-files.node.ts'
import type { Tombstone } from '../increment/touched.ts'
import {
  cardOfManifest,
  encodingOf,
  formatOf,
  type ReadManifest,
  readManifest,
} from './read-manifest.ts'
import { readRows } from './read-rows.node.ts'
import { scrubbedManifest, TakenRows } from './scrubbed-manifest.ts'

export type Scrubbing = {
  readonly place: ExportPlace
  readonly manifest: ReadManifest
}

export type ExportPlace = { readonly out: string; readonly single: boolean }

export type ScrubOptions = {
  /** Of transcripts: what is made of them is taken out. */
  readonly transcripts: ReadonlySet<string>
  readonly createEncoder: (manifest: ReadManifest) => RowEncoder
  readonly now: () => number
  /** Told of each row that was looked at. */
  readonly onStep?: () => void
  readonly stop?: AbortSignal
}

export type Scrubbed = { readonly rows: number; readonly examples: number; readonly left: number }

/** @throws Error that says what to do, where nothing may be taken out. */
export function openScrubbing(path: string): Scrubbing {
  const found = existsSync(path) ? lstatSync(path) : null
  if (!found) throw new Error(`Name an export, a folder or its one file: nothing is at ${path}`)
  if (found.isSymbolicLink()) throw new Error(`Name the export itself: ${path} is a link`)
  const place = { out: path, single: !found.isDirectory() }
  resumePublishing(place, (json) => cardOfManifest(requireManifest(json, place)))
  const names = namesBeside(place)
  if (!existsSync(names.manifest)) {
    throw new Error(
      `Name an export with its manifest, or export again: none is at ${names.manifest}`,
    )
  }
  const read = parseJson(readFileSync(names.manifest, 'utf8'))
  const manifest = requireManifest(read.ok ? read.value : null, place)
  for (const { path: name, sha256 } of manifest.files) {
    if (digestFile(join(folderOf(place), name)) !== sha256) {
      throw new Error(
        `Export again, or put back what was written: ${name} is not as its manifest says`,
      )
    }
  }
  return { place, manifest }
}

/** A transcript that a row is made of, by which whoever noted the export knows it again; null where it has none. */
export async function anyTranscript({ place, manifest }: Scrubbing): Promise<string | null> {
  const [file] = manifest.files
  if (!file) return null
  const written = { encoding: encodingOf(manifest), columns: formatOf(manifest).columns }
  for await (const row of readRows(join(folderOf(place), file.path), written)) {
    return transcriptOfRow(idOfRow(row))
  }
  return null
}

/** Does nothing where none of the rows is there. @throws the signal's reason when stopped: the export is then as it was. */
export async function scrubExport(
  { place, manifest }: Scrubbing,
  options: ScrubOptions,
): Promise<Scrubbed> {
  const { name } = formatOf(manifest)
  const taken = new TakenRows(name)
  const createEncoder = () => options.createEncoder(manifest)
  const files = openExportFiles({
    ...place,
    ending: encodingOf(manifest),
    createEncoder,
    force: true,
  })
  try {
    await keepOthers({ place, manifest, files, taken }, options)
    if (taken.rows === 0) {
      files.abandon()
      return { rows: 0, examples: 0, left: manifest.rows }
    }
    keepLists(place, files, options.transcripts)
    const written = await files.finish()
    const scrubbed = scrubbedManifest(manifest, { taken, files: written, time: options.now() })
    const card = cardOfManifest(scrubbed)
    files.publish({ card, manifest: manifestText(scrubbed as unknown as JsonObject) })
    return { rows: taken.rows, examples: taken.examples.length, left: scrubbed.rows }
  } catch (error) {
    files.abandon()
    throw error
  }
}

type Keeping = {
  readonly place: ExportPlace
  readonly manifest: ReadManifest
  readonly files: ExportFiles
  readonly taken: TakenRows
}

async function keepOthers(
  { place, manifest, files, taken }: Keeping,
  { transcripts, onStep, stop }: ScrubOptions,
): Promise<void> {
  const written = { encoding: encodingOf(manifest), columns: formatOf(manifest).columns }
  for (const { path, split } of manifest.files) {
    for await (const row of readRows(join(folderOf(place), path), written)) {
      stop?.throwIfAborted()
      if (transcripts.has(transcriptOfRow(idOfRow(row)))) taken.add(row)
      else await files.write(row, split ?? 'train')
      onStep?.()
    }
  }
}

/** What stands beside the rows: of earlier exports everything, of what was set apart all but theirs. */
function keepLists(place: ExportPlace, files: ExportFiles, transcripts: ReadonlySet<string>): void {
  const { quarantine, tombstones } = namesBeside(place)
  for (const id of linesOf(quarantine))
    if (!transcripts.has(transcriptOfRow(id))) files.setApart(id)
  for (const line of linesOf(tombstones)) {
    const read = parseJson(line)
    if (!read.ok) throw new Error(`Export again, or put back what was written: ${tombstones}`)
    files.takeOut(read.value as Tombstone)
  }
}

function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
}

function requireManifest(json: unknown, place: ExportPlace): ReadManifest {
  const read = readManifest(json, place.single ? basename(place.out) : null)
  if (read.ok) return read.value
  throw new Error(
    `Name an export of this program: its manifest is another's, at ${namesBeside(place).manifest}`,
  )
}

function folderOf({ out, single }: ExportPlace): string {
  return single ? dirname(out) : out
}
