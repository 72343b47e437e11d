/**
 * An export of sealed records through a gateway, which cannot read them: they come as they are, and go through the very same cascade
 * here, with the private key that never leaves. I/O over HTTP and on disk.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { KnownTexts } from '../../harvest/export/examples/contamination.ts'
import { differences, differs } from '../../harvest/export/increment/increment.ts'
import type { JsonObject } from '../../lib/json.ts'
import { readBundle } from '../../policy/bundle.ts'
import type { Bundle, Protocol } from '../../policy/section.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { UsageError } from '../shell/io.ts'
import type { ExportAnswer, ExportClient } from './export-client.node.ts'
import { objectOf, tombstoneOf } from './export-lines.node.ts'
import type { ExportRunOptions, Ran } from './export-run.node.ts'
import type { ExportQuery, ExportSettings } from './harvest-export-settings.node.ts'
import { runCascade } from './run-cascade.node.ts'
import { openSealedSource } from './sealed-source.node.ts'

export const EVALUATIONS_STAY =
  'Leave --decontaminate out with --url: evaluation files are read where rows are made. Export where the database is, or with --key where transcripts are sealed'

const FOLDER_WANTED =
  'Name the folder of the earlier export with --since, not its id: these transcripts are sealed, and rows of them were made where the key is'

/** Ten seconds. */
const MAX_TRIES = 50
const PAUSE_MS = 200

type Sealed = ExportRunOptions & { readonly open: Open }

export async function exportSealed(
  client: ExportClient,
  settings: ExportSettings,
  { open, ...options }: Sealed,
): Promise<Ran> {
  const from = placeOf(settings)
  const known = await readTexts(client)
  const asked = { ...filtersOf(settings.query), format: 'transcript' }
  const answered = await client.get('export', { ...asked, ...from })
  const after = Number(from.after ?? 0)
  const [labelled, deleted] = [new Map<string, string[]>(), new Map<string, string[]>()]
  const lines = async function* () {
    for await (const record of checked(answered)) {
      const { id, number } = record
      // What was there before is given again for a label alone.
      if (typeof id === 'string' && Number(number) <= after) labelled.set(id, [id])
      yield record
    }
    if (after > 0) await readDeleted(client, { ...asked, ...from }, deleted)
  }
  const source = openSealedSource({
    lines: lines(),
    open,
    scratch: options.scratch,
  })
  try {
    const count = () => Promise.resolve(null)
    const told = { after, through: answered.through, since: null }
    const ran = await runCascade(settings, options, {
      source,
      known,
      count,
      increment: { told, chain: [], touched: { labelled, deleted, expired: after > 0 ? null : 0 } },
      given: async function* () {},
    })
    return { ...ran, note: () => Promise.resolve(answered.id) }
  } finally {
    source.close()
  }
}

/** From where a gateway goes on that knows no name of what was made here of its records. @throws UsageError as it would refuse. */
function placeOf({ since, increment, options, arguments: asked }: ExportSettings): ExportQuery {
  const { after } = increment
  if (since === null) return after === null ? {} : { after: String(after) }
  if (since.manifest === null) throw new UsageError(FOLDER_WANTED)
  const { format, arguments: before, increment: told } = since.manifest
  const isOther = format.name !== options.format.name
  const other = [...(isOther ? ['format'] : []), ...differences(before as JsonObject, asked)]
  if (other.length > 0) throw new UsageError(differs(other))
  return { after: String(told.through) }
}

/** Whose person was deleted; asked behind the records, so that none is behind the number that the next one goes on from. */
async function readDeleted(
  client: ExportClient,
  query: ExportQuery,
  deleted: Map<string, string[]>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const last = tries >= MAX_TRIES ? [] : ['busy']
    const { lines } = await client.get('export/tombstones', query, last)
    if (!lines) {
      // The place of the records is free a moment after the last of them.
      await sleep(PAUSE_MS)
      continue
    }
    for await (const line of lines) {
      const { id, transcript, reason } = tombstoneOf(objectOf(line))
      if (reason === 'deleted') deleted.set(transcript, [...(deleted.get(transcript) ?? []), id])
    }
    return
  }
}

/** Rows of a gateway whose transcripts are in the clear have been through its own cascade. */
async function* checked({ lines }: ExportAnswer): AsyncGenerator<JsonObject> {
  for await (const line of lines ?? []) {
    const record = objectOf(line)
    if (record.consent === undefined) throw new UsageError(EVALUATIONS_STAY)
    yield record
  }
}

async function readTexts(client: ExportClient): Promise<KnownTexts> {
  const { lines } = await client.get('export/policies', {})
  const bundles: Bundle[] = []
  const protocols: Protocol[] = []
  for await (const line of lines ?? []) {
    const { digest, bundle = null, protocol = null } = objectOf(line)
    if (protocol !== null) protocols.push(protocol as unknown as Protocol)
    const read = await readBundle(bundle, {
      digest: typeof digest === 'string' ? digest : '',
      revision: 0,
    })
    if (read.ok) bundles.push(read.value)
  }
  return { bundles, protocols }
}

const FILTERS: readonly string[] =
  'policy digest outcome decision section app session tenant mode model family label from to'.split(
    ' ',
  )

/** What only contents could tell is asked of them here. */
function filtersOf(query: ExportQuery): ExportQuery {
  return Object.fromEntries(Object.entries(query).filter(([name]) => FILTERS.includes(name)))
}
