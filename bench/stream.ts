/** The first byte of a relayed stream, beside the same stream asked for directly: twenty pieces, 5 ms apart. */
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
const STREAMS = 20
const WARM_UP = 20

export async function benchStream(): Promise<string> {
  const upstream = await startUpstream()
  const raw = await startRawRelay(upstream)
  const chambers = await startChambers(upstream, 'off')
  const peer = await startPeer(upstream)
  const targets = [upstream, raw, chambers, ...(peer ? [peer] : [])]
  const rounds = new Map<Target, Answered[][]>(targets.map((target) => [target, []]))
  const caller = createCaller()
  const ask = async (target: Target, count: number) => {
    const call = chatCall(target, { stream: true, user: 'bench-paced' })
    const answers: Answered[] = []
    for (let sent = 0; sent < count; sent++) answers.push(await caller.send(call))
    return answers
  }
  for (const target of targets) await ask(target, WARM_UP)
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of targets) rounds.get(target)?.push(await ask(target, STREAMS))
  }
  caller.close()
  await stopAll([peer, chambers, raw, upstream])
  return report(rounds, upstream)
}

function report(
  rounds: ReadonlyMap<Target, readonly (readonly Answered[])[]>,
  direct: Target,
): string {
  const firstByte = (target: Target, share: number) =>
    (rounds.get(target) ?? []).map((answers) =>
      percentile(
        answers.map(({ firstByteMs }) => firstByteMs),
        share,
      ),
    )
  const directly = firstByte(direct, 0.5)
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
    'a stream at a time',
    'first byte p50 ms',
    'p90 ms',
    'beyond the direct one, p50 ms',
    'whole stream p50 ms',
  ]
  return table(headings, rows)
}
