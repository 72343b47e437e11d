/** Memory of a gateway that holds many enforced streams whose model has not answered yet. */
import { Agent, request } from 'node:http'
import type { Call } from './load.ts'
import { residentMb } from './processes.ts'
import { chatCall, startChambers, startUpstream, stopAll } from './programs.ts'
import { rounded, table } from './statistics.ts'

const STREAMS = 2_000
/** Longer than the gateway waits with headers, and than its first comments are apart. */
const REST_MS = 10_000

export async function benchHeld(): Promise<string> {
  const upstream = await startUpstream()
  const gateway = await startChambers(upstream, 'enforce')
  const idle = residentMb(gateway.pid)
  const agent = new Agent({ keepAlive: true, maxSockets: STREAMS })
  const call = chatCall(gateway, { stream: true, user: 'bench-stall' })
  const held = await Promise.all(Array.from({ length: STREAMS }, () => hold(call, agent)))
  const samples = [residentMb(gateway.pid)]
  for (let second = 0; second < REST_MS / 1000; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    samples.push(residentMb(gateway.pid))
  }
  const open = held.filter((stream) => stream.isOpen())
  for (const stream of held) stream.end()
  agent.destroy()
  await stopAll([gateway, upstream])
  const headings = [
    'held streams',
    'still open',
    'idle before, MB',
    'highest, MB',
    'at the end, MB',
  ]
  return table(headings, [
    [
      STREAMS,
      open.length,
      rounded(idle, 0),
      rounded(Math.max(...samples), 0),
      rounded(samples.at(-1) ?? Number.NaN, 0),
    ],
  ])
}

type Held = { readonly isOpen: () => boolean; readonly end: () => void }

/** Opens a stream; resolves with its first byte, which is a comment. */
async function hold(call: Call, agent: Agent): Promise<Held> {
  return new Promise((resolve, reject) => {
    let open = true
    const sent = request(call.url, { method: 'POST', agent, headers: call.headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`Status ${response.statusCode}`))
      const close = () => {
        open = false
      }
      response.on('end', close).on('error', close)
      response.once('data', () => resolve({ isOpen: () => open, end: () => sent.destroy() }))
    })
    sent.on('error', reject)
    sent.end(call.body)
  })
}
