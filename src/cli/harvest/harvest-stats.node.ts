/**
 * `chambers harvest stats`: what is there to be harvested, in figures. Reads the index and contents, one transcript at a time, and
 * changes nothing. No text of any transcript is shown.
 */
import { collectStats, type StatsItem } from '../../harvest/stats/stats.ts'
import { sayRange } from '../../lib/moments.ts'
import { openDesk } from '../desk/open-desk.node.ts'
import { sayUnknown } from '../desk/say-unknown.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import type { Io } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import { type Progress, startProgress } from '../shell/progress.node.ts'
import { RANGE, requireRange } from '../shell/read-range.ts'
import { readTranscriptKeys, TRANSCRIPT_KEY_OPTION } from '../shell/transcript-key-file.node.ts'
import { openStats } from './open-stats.node.ts'
import { renderStats } from './render-stats.ts'

export const harvestStats = declareCommand({
  options: {
    ...CONNECTION,
    ...TRANSCRIPT_KEY_OPTION,
    policy: { takes: 'ID', says: 'Transcripts of this policy alone', otherwise: 'all' },
    app: { takes: 'A', says: 'Transcripts of this app alone', otherwise: 'all' },
    ...RANGE,
  },
  async run({ values }, io) {
    requireRange(values)
    const { policy = null, app = null, from = null, to = null } = values
    const open = await readTranscriptKeys(values.key)
    const connection = { ...values, environment: io.environment }
    await using source = await openStats(connection, { policy, app, from, to }, open)
    const stats = await collectStats(counted(source.items, io))
    io.stdout(io.json ? `${JSON.stringify(stats)}\n` : renderStats(stats, marksFor(io, 'stdout')))
    if (stats.transcripts > 0) return 0
    const range = sayRange(from, to)
    if (range !== null) io.stderr(`What was looked through is ${range}\n`)
    await using desk = await openDesk(connection)
    io.stderr(await sayUnknown(desk.client, { policy, app }))
    return 0
  },
})

/** What is read in no time needs no bar. */
const FEW = 1_000

async function* counted(items: AsyncIterable<StatsItem>, { stderr, terminal }: Io) {
  const columns = terminal?.stderr ? terminal.columns : null
  let progress: Progress | null = null
  let before = 0
  try {
    for await (const item of items) {
      if (++before === FEW) {
        const note = () => 'reading transcripts'
        progress = startProgress({ stderr, columns, total: null, before, note })
      } else progress?.step()
      yield item
    }
  } finally {
    progress?.end()
  }
}
