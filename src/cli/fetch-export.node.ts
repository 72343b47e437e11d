/**
 * An export as a gateway streams it, to files: the rows are made there, and here they are only kept whole or not at all. I/O over
 * HTTP and on disk. An admin's token is sent to the named URL alone.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Split } from '../harvest/example.ts'
import { SPLITS } from '../harvest/split.ts'
import { namesBeside } from '../harvest/write-files.node.ts'
import { canonicalJson, type JsonObject, parseJson } from '../lib/json.ts'
import { printable } from '../lib/printable.ts'
import { adminToken, type Connection } from './admin-token.node.ts'
import type { ExportSettings } from './harvest-export-settings.node.ts'
import { UsageError } from './io.ts'
import { openWholeFile } from './whole-file.node.ts'

export type FetchedExport = { readonly manifest: JsonObject; readonly bytes: number }

type FetchedFile = {
  readonly path: string
  readonly split: Split | null
  /** Null where they cannot be told from the bytes. */
  readonly rows: number | null
  readonly bytes: number
  readonly sha256: string
}

/** @throws UsageError for what a gateway is not asked for; Error where it refuses, or breaks off. */
export async function fetchExport(
  url: string,
  settings: ExportSettings,
  connection: Connection,
): Promise<FetchedExport> {
  const query = queryOf(settings)
  const { out, single, splits, ending, force } = settings
  const beside = namesBeside(settings)
  if (existsSync(beside.manifest) && !force) {
    throw new Error(`Name another place with --out, or give --force: ${out} holds a whole export`)
  }
  mkdirSync(single ? dirname(out) : out, { recursive: true, mode: 0o700 })
  rmSync(beside.manifest, { force: true })
  const token = adminToken(url, connection)
  const wanted: readonly (Split | null)[] = single
    ? [null]
    : SPLITS.filter((split) => splits[split] > 0)
  const files: FetchedFile[] = []
  for (const split of wanted) {
    const path = split === null ? out : join(out, `${split}.${ending}`)
    if (split !== null) query.set('split', split)
    const address = `${url.replace(/\/+$/, '')}/admin/v1/export?${query.toString()}`
    files.push({ path: basename(path), split, ...(await fetchFile({ url, address, token, path })) })
  }
  const manifest: JsonObject = {
    manifest: 1,
    format: { name: settings.format.name },
    arguments: settings.arguments,
    files: files.map((file) => ({ ...file })),
  }
  const whole = openWholeFile(beside.manifest)
  whole.write(`${JSON.stringify(JSON.parse(canonicalJson(manifest)), null, 2)}\n`)
  whole.finish()
  return { manifest, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

const NEWLINE = 10

type Fetching = {
  readonly url: string
  readonly address: string
  readonly token: string
  readonly path: string
}

async function fetchFile({ url, address, token, path }: Fetching) {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(address, { headers, redirect: 'error' }).catch(() => {
    throw new Error(`Cannot reach ${url}: does the gateway run there?`)
  })
  if (!response.ok || !response.body) throw new Error(await refusalOf(url, response))
  const unfinished = `${path}.unfinished`
  const descriptor = openSync(unfinished, 'w', 0o600)
  const hash = createHash('sha256')
  let bytes = 0
  let lines = 0
  try {
    for await (const piece of response.body) {
      for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at)
      hash.update(piece)
      bytes += piece.length
      for (const byte of piece) if (byte === NEWLINE) lines++
    }
    fsyncSync(descriptor)
    renameSync(unfinished, path)
  } catch {
    rmSync(unfinished, { force: true })
    throw new Error(`Export again: ${url} broke off, and nothing of it was kept`)
  } finally {
    closeSync(descriptor)
  }
  const rows = path.endsWith('.jsonl') ? lines : null
  return { rows, bytes, sha256: hash.digest('hex') }
}

async function refusalOf(url: string, response: Response): Promise<string> {
  const parsed = parseJson(await response.text())
  const problem = parsed.ok ? (parsed.value as JsonObject | null) : null
  const detail = typeof problem?.detail === 'string' ? `: ${printable(problem.detail)}` : ''
  return `${url} answered ${response.status}${detail}`
}

/** What the gateway's route knows of. */
function queryOf({ format, filter, cascade, splits, ending, given }: ExportSettings) {
  const local = given.filter((option) => !REMOTE.has(option))
  if (local.length > 0) {
    const names = local.map((option) => `--${option}`).join(', ')
    throw new UsageError(`Leave ${names} out with --url, or export where the database is`)
  }
  const { tenants, from, to, label, policy, digest, section, decision, outcome } = filter
  const { app, session, model } = filter
  const texts = { policy, digest, section, decision, outcome, app, session, model, label }
  const scores = Object.entries(cascade.minScores).map(([name, least]) => `${name}:${least}`)
  const all: Readonly<Record<string, string | null | undefined>> = {
    format: format.name,
    encoding: ending,
    splits: SPLITS.map((split) => splits[split]).join('/'),
    ...texts,
    tenant: tenants?.[0],
    from: from === null ? null : new Date(from).toISOString(),
    to: to === null ? null : new Date(to).toISOString(),
    withReasoning: String(format.withReasoning),
    thinkTags: String(format.thinkTags),
    minScores: scores.length > 0 ? scores.join(',') : null,
    internal: String(cascade.internal),
    duplicates: cascade.duplicates,
  }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(all)) if (value) query.set(name, value)
  return query
}

const REMOTE: ReadonlySet<string> = new Set(
  'url token format out force parquet gzip split with-reasoning think-tags policy digest section decision outcome from to app tenant model session label min-score internal keep-duplicates remove-duplicates'.split(
    ' ',
  ),
)
