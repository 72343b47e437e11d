/**
 * The files of an export on disk: each under a name for what is unfinished until it is whole and flushed, the manifest last of
 * all. Where a manifest is, everything is; a kill at any moment leaves none. File I/O.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isJsonObject, type JsonObject, parseJson } from '../../../lib/json.ts'
import type { DatasetSplit } from '../../example.ts'
import { SPLITS } from '../examples/split.ts'
import { ENCODINGS, type Encoding } from '../export-parameters.ts'
import type { Tombstone } from '../increment/touched.ts'
import { type DataFile, openDataFile } from './data-file.node.ts'
import { digestFile } from './digest-file.node.ts'
import type { RowEncoder } from './encode-rows.ts'
import { openLists } from './list-file.node.ts'
import type { ExportFile } from './manifest.ts'

export type FilesOptions = {
  /** A folder; or with `single` the one file of all rows. */
  readonly out: string
  readonly single: boolean
  /** Of files in a folder: `jsonl`, `jsonl.gz`, `parquet`. */
  readonly ending: Encoding
  readonly createEncoder: () => RowEncoder
}

export type ExportFiles = {
  write(row: JsonObject, split: DatasetSplit): Promise<void> | void
  /** Lists what is kept out of the data, by its id alone. */
  setApart(id: string): void
  /** Lists a row of an earlier export that is to be taken out. */
  takeOut(tombstone: Tombstone): void
  /** Ends all files, still under their unfinished names. */
  finish(): Promise<readonly ExportFile[]>
  /** Gives all their names, and writes what goes beside them, the manifest last. */
  publish(beside: Beside): void
  /** Removes what is unfinished. */
  abandon(): void
}

/** Whatever data may stand there. */
function staleIn({ out, single }: Pick<FilesOptions, 'out' | 'single'>): readonly string[] {
  if (single) return [out]
  return SPLITS.flatMap((split) => ENCODINGS.map((one) => join(out, `${split}.${one}`)))
}

export type Beside = {
  readonly card: string
  readonly manifest: string
}

const UNFINISHED = '.unfinished'

/** What stands beside the data. */
export function namesBeside({ out, single }: Pick<FilesOptions, 'out' | 'single'>) {
  return single
    ? {
        manifest: `${out}.manifest.json`,
        card: `${out}.README.md`,
        quarantine: `${out}.quarantine.txt`,
        tombstones: `${out}.tombstones.jsonl`,
      }
    : {
        manifest: join(out, 'manifest.json'),
        card: join(out, 'README.md'),
        quarantine: join(out, 'quarantine.txt'),
        tombstones: join(out, 'tombstones.jsonl'),
      }
}

/** True for the name of what is not finished, or was passing. */
export function isLeftOver(name: string): boolean {
  return name.endsWith(UNFINISHED) || name.startsWith('.scratch-')
}

/** True where a manifest of ours stands, or stood to be published when a command was killed. `place`: a folder, or the one file. */
export function holdsExport(place: Pick<FilesOptions, 'out' | 'single'>): boolean {
  const { manifest } = namesBeside(place)
  return [manifest, `${manifest}${UNFINISHED}`].some((path) => {
    if (!existsSync(path)) return false
    const { program } = objectIn(path)
    return typeof program === 'string' && program.startsWith('chambers ')
  })
}

function objectIn(path: string): JsonObject {
  const read = parseJson(readFileSync(path, 'utf8'))
  return read.ok && isJsonObject(read.value) ? (read.value as JsonObject) : {}
}

/** @throws Error where a whole export is there already, unless it may be replaced. */
export function openExportFiles(options: FilesOptions & { readonly force: boolean }): ExportFiles {
  const { out, single, ending, createEncoder, force } = options
  const beside = namesBeside(options)
  if (existsSync(beside.manifest) && !force) {
    throw new Error(`Name another place with --out, or give --force: ${out} holds a whole export`)
  }
  const folder = single ? dirname(out) : out
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pathOf = (split: DatasetSplit | null) =>
    split === null ? out : join(out, `${split}.${ending}`)
  const stale = staleIn(options)
  // What a killed export has left would stand there for ever.
  for (const path of [...stale, beside.card, beside.quarantine, beside.tombstones]) {
    rmSync(`${path}${UNFINISHED}`, { force: true })
  }
  const open = new Map<DatasetSplit | null, DataFile>()
  const openData = (path: string) => {
    const unfinished = `${path}${UNFINISHED}`
    return openDataFile({ path, unfinished, encoder: createEncoder(), gzip: ending === 'jsonl.gz' })
  }
  const lists = openLists(beside, UNFINISHED)

  return {
    write(row, split) {
      const key = single ? null : split
      const known = open.get(key)
      const file = known ?? openData(pathOf(key))
      if (!known) open.set(key, file)
      return file.write(row)
    },
    setApart: (id) => lists.apart.add(id),
    takeOut: (tombstone) => lists.gone.add(JSON.stringify(tombstone)),
    async finish() {
      lists.finish()
      const files: ExportFile[] = []
      for (const split of [null, ...SPLITS]) {
        const file = open.get(split)
        if (file) files.push({ path: basename(pathOf(split)), split, ...(await file.finish()) })
      }
      return files
    },
    publish({ card, manifest }) {
      for (const file of open.values()) file.check()
      // From here to its end this place holds no whole export, and says so; and whose it is.
      writeUnfinished(beside.manifest, manifest)
      rmSync(beside.manifest, { force: true })
      flushFolder(folder)
      const names = [...open.keys()].map(pathOf)
      for (const path of stale) if (!names.includes(path)) rmSync(path, { force: true })
      for (const file of open.values()) file.publish()
      lists.publish()
      writeWhole(beside.card, card)
      flushFolder(folder)
      renameSync(`${beside.manifest}${UNFINISHED}`, beside.manifest)
      flushFolder(folder)
    },
    abandon() {
      for (const file of open.values()) file.abandon()
      lists.abandon()
    },
  }
}

function writeWhole(path: string, text: string): void {
  writeUnfinished(path, text)
  renameSync(`${path}${UNFINISHED}`, path)
}

function writeUnfinished(path: string, text: string): void {
  const unfinished = `${path}${UNFINISHED}`
  rmSync(unfinished, { force: true })
  writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx', flush: true })
}

/** Names are kept in folders, which are flushed on their own. */
function flushFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Gives their names to files that a kill has left finished and without: whatever the unfinished manifest tells of. False where there
 * is nothing to go on with. @throws Error where something of it is missing.
 */
export function resumePublishing(
  place: Pick<FilesOptions, 'out' | 'single'>,
  cardOf: (manifest: JsonObject) => string,
): boolean {
  const beside = namesBeside(place)
  const unfinished = `${beside.manifest}${UNFINISHED}`
  if (existsSync(beside.manifest) || !existsSync(unfinished)) return false
  const manifest = objectIn(unfinished)
  const folder = place.single ? dirname(place.out) : place.out
  const files = (Array.isArray(manifest.files) ? manifest.files : []) as readonly ExportFile[]
  for (const { path, sha256 } of files) {
    const whole = join(folder, basename(path))
    const half = `${whole}${UNFINISHED}`
    if (digestFile(half) === sha256) renameSync(half, whole)
    else if (digestFile(whole) !== sha256) throw new Error(`Export again: ${whole} is not whole`)
  }
  const named = files.map(({ path }) => path)
  for (const path of staleIn(place))
    if (!named.includes(basename(path))) rmSync(path, { force: true })
  for (const list of [beside.quarantine, beside.tombstones]) {
    if (existsSync(`${list}${UNFINISHED}`)) renameSync(`${list}${UNFINISHED}`, list)
  }
  writeWhole(beside.card, cardOf(manifest))
  flushFolder(folder)
  renameSync(unfinished, beside.manifest)
  flushFolder(folder)
  return true
}
