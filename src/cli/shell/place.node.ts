/**
 * Where a command may write: the one place that decides, before any work begins. Looks at the disk, and writes nothing. What is no
 * place on this machine is refused, and so is what somebody else has put there.
 */
import {
  accessSync,
  constants,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, resolve, sep } from 'node:path'
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts'
import { printable } from '../../text/printable.ts'
import { UsageError } from './io.ts'

/** Names that tell of an export, and of one that was cut short. */
export type FolderOf = {
  /** True for a name that was left by a command that was killed. */
  readonly isLeft: (name: string) => boolean
  /** True where the folder is what such a command has written before. */
  readonly isOurs: (folder: string) => boolean
  /** What it is called: `an export`. */
  readonly what: string
}

/**
 * Reads an option that names a file to write. `member`: one that the JSON of an earlier file has, as a whole or in its first line;
 * a file that is there is replaced only then.
 */
export function filePlace(member: string): (text: string, option: string) => string {
  return function read(text, option) {
    checkFilePlace(text, option, (path) => holds(path, member))
    return text
  }
}

/** Checks a file to write: it is not there yet, empty, or what the command has written before. */
export function checkFilePlace(
  text: string,
  option: string,
  isOurs: (path: string) => boolean,
): void {
  const path = namedPlace(text, option)
  if (/[\\/]$/.test(text)) throw refusal(option, text, 'a file in it', 'it is a folder')
  const found = statOf(path)
  if (found === null) {
    checkParent(path, option)
    return
  }
  refuseLink(path, found, option)
  if (found.isDirectory()) throw refusal(option, text, 'a file in it', 'it is a folder')
  if (!found.isFile()) throw refusal(option, text, 'a file', 'it is a device')
  checkWritable(path, option)
  if (found.size === 0 || isOurs(path)) return
  const why = 'it is there already, and no command like this has written it'
  throw refusal(option, text, 'another file', why)
}

/** Reads an option that names a new file, for a key or for what is gone on with: what is there is its own reader's matter. */
export function newFilePlace(text: string, option: string): string {
  checkFilePlace(text, option, () => true)
  return text
}

/** Reads an option that names a new folder: what is there is the command's own matter. */
export function newFolderPlace(text: string, option: string): string {
  const path = namedPlace(text, option)
  const found = statOf(path)
  if (found) refuseLink(path, found, option)
  else checkParent(path, option)
  return text
}

/** Checks a folder to write into: it is not there yet, empty, or what the command has written before. */
export function checkFolderPlace(
  text: string,
  option: string,
  { isLeft, isOurs, what }: FolderOf,
): void {
  const path = namedPlace(text, option)
  const found = statOf(path)
  if (found === null) {
    checkParent(path, option)
    return
  }
  refuseLink(path, found, option)
  if (!found.isDirectory()) throw refusal(option, text, 'a folder', 'it is a file')
  checkWritable(path, option)
  if (isOurs(path)) return
  const other = readdirSync(path).find((name) => !NOBODYS.includes(name) && !isLeft(name))
  if (other === undefined) return
  const why = `it holds something else than ${what} (${printable(other)})`
  throw refusal(option, text, 'a new folder, or an empty one', why)
}

/** Folders of a gateway's DATA_DIR that it fills and empties by itself. */
const GATEWAYS = ['journal', 'copies', 'scratch', 'batches'] as const

/** Checks that a place is not where a gateway keeps, and removes, what is its own. */
export function checkApart(text: string, option: string, dataDir: string): void {
  const path = realPlace(resolve(text))
  const own = GATEWAYS.map((name) => realPlace(resolve(dataDir, name)))
  if (!own.some((folder) => `${path}${sep}`.startsWith(`${folder}${sep}`))) return
  throw refusal(option, text, 'another place', 'the gateway keeps its own files there (DATA_DIR)')
}

/** With no link in what is there of it. */
function realPlace(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : resolve(realPlace(parent), basename(path))
  }
}

/** Left by a desktop or a file system, and of no worth. */
const NOBODYS: readonly string[] = [
  '.DS_Store',
  '.gitkeep',
  'Thumbs.db',
  'desktop.ini',
  'lost+found',
]

const CONTROL = /\p{Cc}/u
/** One letter is a drive of Windows; more are a scheme, where a slash follows or the store is well known. */
const SCHEME = /^(?:[a-z][a-z0-9+.-]+:\/|(?:s3|gs|gcs|az|abfss?|hf|https?|ftp|file|r2|data):)/i
const FILE_URL = /^file:(?:\/\/(?:localhost)?(?=\/))?/i
const REMOTE = /^[^/\\@]+@[^/\\:]+:/
const DRIVE = /^(?:[a-z]:[\\/]|\\\\)/i
/**
 * Of shells that put a home folder in its place: not behind `=`, and not within quotation marks. A folder of that name would one day
 * be removed by a shell that knows better.
 */
const HOME = /^~[^/\\]*(?:[/\\]|$)/
/** What is no disk. */
const SYSTEM = /^\/(?:dev(?!\/shm\/)|proc|sys)(?:\/|$)/
/** Names of 255 bytes at most, with what is put behind them until they are whole. */
const MAX_NAME_BYTES = 200

const PLACE = 'a file or folder on this machine'

/** The path that is named. @throws UsageError for what names none. */
function namedPlace(text: string, option: string): string {
  if (text.trim() === '') throw new UsageError(`Name ${PLACE} with ${option}: nothing stands there`)
  if (text === '-') throw refusal(option, text, PLACE, 'nothing is written to standard output')
  if (CONTROL.test(text)) throw refusal(option, text, PLACE, 'control characters stand in it')
  if (FILE_URL.test(text)) {
    throw refusal(option, text, `the path itself (${text.replace(FILE_URL, '')})`, 'it is a URL')
  }
  if (SCHEME.test(text) || REMOTE.test(text)) {
    throw refusal(option, text, `${PLACE}, and copy it from there`, 'it is elsewhere')
  }
  if (DRIVE.test(text) && process.platform !== 'win32') {
    throw refusal(option, text, PLACE, 'it is a path of Windows')
  }
  if (HOME.test(text)) {
    throw refusal(option, text, 'the whole path', 'no shell has put your home folder there')
  }
  const path = resolve(text)
  if (SYSTEM.test(path)) throw refusal(option, text, PLACE, 'it is no place on a disk')
  if (path.split(sep).some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) {
    throw refusal(option, text, 'a shorter name', `${MAX_NAME_BYTES} bytes are enough`)
  }
  return path
}

function refusal(option: string, text: string, instead: string, why: string): UsageError {
  return new UsageError(`Name ${instead} with ${option}: ${why}: ${printable(text)}`)
}

/** Null where nothing is. Nothing is followed. @throws UsageError where something on the way is no folder. */
function statOf(path: string): Stats | null {
  try {
    return lstatSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null
    throw error
  }
}

function refuseLink(path: string, found: Stats, option: string): void {
  if (!found.isSymbolicLink()) return
  let target: string | null = null
  try {
    target = realpathSync(path)
  } catch {
    // It leads nowhere.
  }
  const instead =
    target === null ? 'a place that is there' : `the place itself (${printable(target)})`
  throw refusal(
    option,
    path,
    instead,
    target === null ? 'it is a link that leads nowhere' : 'it is a link',
  )
}

/** The nearest that is there of what it stands in: the rest will be made. */
function checkParent(path: string, option: string): void {
  const parent = dirname(path)
  if (parent === path) return
  let found: Stats | null = null
  try {
    const real = realpathSync(parent)
    if (SYSTEM.test(`${real}${sep}`)) {
      throw refusal(option, path, PLACE, 'it is no place on a disk')
    }
    found = lstatSync(real)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw error
  }
  if (found === null && statOf(parent) !== null) {
    throw refusal(option, path, 'another place', `${basename(parent)} is a link that leads nowhere`)
  }
  if (found === null) {
    checkParent(parent, option)
    return
  }
  if (!found.isDirectory()) {
    throw refusal(option, path, 'another place', `${printable(basename(parent))} is no folder`)
  }
  checkWritable(parent, option)
}

function checkWritable(path: string, option: string): void {
  try {
    accessSync(path, constants.W_OK)
  } catch {
    throw refusal(option, path, 'another place', 'you may not write there')
  }
}

/** JSON of this size is parsed in a second. */
const MAX_LOOKED_BYTES = 64 * 1024 * 1024

function holds(path: string, member: string): boolean {
  if (lstatSync(path).size > MAX_LOOKED_BYTES) return false
  const text = readFileSync(path, 'utf8')
  return [text, text.slice(0, Math.max(0, text.indexOf('\n')))].some(
    (json) => member in objectOf(json),
  )
}

function objectOf(text: string): JsonObject {
  const parsed = parseJson(text)
  return parsed.ok && isJsonObject(parsed.value) ? (parsed.value as JsonObject) : {}
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}
