/**
 * The first byte of a relayed stream, beside the same stream asked for directly: twenty pieces, 5 ms apart; one stream at a
 * time, when every program has just slept, and 32 side by side.
 */
import { type Answered, createCaller } from './load.ts'
import {
  chatCall,
  startChambers,
  startPeer,
  startRawRelay,
  startUpstream,
  stopAll,
  type Target,
} from './programs.ts'
import { median, percentile, rounded, table } from './statistics.ts'

const ROUNDS = 7
const STREAMS_EACH = 20
const TOGETHER = 32

export async function benchStream(): Promise<string> {
  const upstream = await startUpstream()
  const raw = await startRawRelay(upstream)
  const chambers = await startChambers(upstream, 'off')
  const peer = await startPeer(upstream)
  const targets = [upstream, raw, chambers, ...(peer ? [peer] : [])]
  const tables = []
  for (const together of [1, TOGETHER]) tables.push(await compare(targets, together))
  await stopAll([peer, chambers, raw, upstream])
  return tables.join('\n\n')
}

async function compare(targets: readonly Target[], together: number): Promise<string> {
  const rounds = new Map<Target, (readonly Answered[])[]>(targets.map((target) => [target, []]))
  const caller = createCaller()
  const ask = async (target: Target) => {
    const call = chatCall(target, { stream: true, user: 'bench-paced' })
    const answers: Answered[] = []
    const one = async () => {
      for (let sent = 0; sent < STREAMS_EACH; sent++) answers.push(await caller.send(call))
    }
    await Promise.all(Array.from({ length: together }, one))
    return answers
  }
  for (const target of targets) await ask(target)
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of targets) rounds.get(target)?.push(await ask(target))
  }
  caller.close()
  return report(rounds, `${together} at a time`)
}

function report(
  rounds: ReadonlyMap<Target, readonly (readonly Answered[])[]>,
  heading: string,
): string {
  const [direct] = rounds.keys()
  const firstByte = (target: Target, share: number) =>
    (rounds.get(target) ?? []).map((answers) =>
      percentile(
        answers.map(({ firstByteMs }) => firstByteMs),
        share,
      ),
    )
  const directly = direct ? firstByte(direct, 0.5) : []
  const rows = [...rounds].map(([target, all]) => {
    const added = firstByte(target, 0.5).map((ms, round) => ms - (directly[round] ?? Number.NaN))
    return [
      target.name,
      rounded(median(firstByte(target, 0.5))),
      rounded(median(firstByte(target, 0.9))),
      target === direct ? '-' : rounded(median(added)),
      rounded(median(all.flat().map(({ totalMs }) => totalMs)), 1),
    ]
  })
  const headings = [
    `streams, ${heading}`,
    'first byte p50 ms',
    'p90 ms',
    'beyond the direct one, p50 ms',
    'whole stream p50 ms',
  ]
  return table(headings, rows)
}
