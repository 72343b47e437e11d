/**
 * `npm run bench`, all of it or the suites named: `npm run bench -- relay enforce`. Prints Markdown.
 * Measured programs run on core 0; load, upstream and this program on core 1. Rounds of the compared programs are interleaved.
 */
import { spawnSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { benchBundle } from './bundle.ts'
import { benchEdge } from './edge.ts'
import { benchEnforce } from './enforce.ts'
import { benchHarvest } from './harvest.ts'
import { benchHeld } from './held.ts'
import { hasWrk } from './load.ts'
import { LOAD_CORE } from './programs.ts'
import { benchRecording } from './recording.ts'
import { benchRelay } from './relay.ts'
import { benchSelection } from './selection.ts'
import { benchStream } from './stream.ts'
import { benchSwaps } from './swaps.ts'
import { benchTranscripts } from './transcripts.ts'

const suites: Readonly<Record<string, () => Promise<string>>> = {
  relay: benchRelay,
  enforce: benchEnforce,
  stream: benchStream,
  held: benchHeld,
  selection: benchSelection,
  transcripts: benchTranscripts,
  recording: benchRecording,
  swaps: benchSwaps,
  harvest: benchHarvest,
  bundle: benchBundle,
  edge: benchEdge,
}

const named = process.argv.slice(2)
const unknown = named.filter((name) => !(name in suites))
if (unknown.length > 0) {
  process.stderr.write(
    `Cannot run ${unknown.join(', ')}: the suites are ${Object.keys(suites).join(', ')}\n`,
  )
  process.exit(1)
}
if (!hasWrk()) process.stdout.write('wrk is not installed: no throughput is measured\n')
spawnSync('taskset', ['-acp', String(LOAD_CORE), String(process.pid)])
process.stdout.write(`${machine()}\n`)
for (const [name, suite] of Object.entries(suites)) {
  if (named.length > 0 && !named.includes(name)) continue
  process.stdout.write(`\n### ${name}\n\n${await suite()}\n`)
}

function machine(): string {
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} cores of ${cpu?.model.trim()}, ${memory} GB, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`
}
