/**
 * What an export over the admin surface costs those who chat meanwhile: a gateway on Node over a store of many, chat requests one
 * after the other from each of four clients, without an export and beside one.
 */
import { createAdminIssuer } from '../test/fakes/admin-issuer.ts'
import { startGatewayProcess } from '../test/fakes/gateway-process.ts'
import { fillHarvest } from './harvest-fill.ts'
import { residentMb } from './processes.ts'
import { startUpstream } from './programs.ts'
import { percentile, rounded, table } from './statistics.ts'

const COUNT = Number(process.env.BENCH_HARVEST_BESIDE ?? 20_000)
const CLIENTS = 4
const ALONE_MS = 15_000

/** `store`: a data folder for the transcripts, which are as many as `BENCH_HARVEST_BESIDE` says. */
export async function benchBeside(store: string): Promise<string> {
  await fillHarvest(store, COUNT, { from: Date.now() - COUNT * 1000 })
  const issuer = await createAdminIssuer()
  const token = await issuer.token()
  const upstream = await startUpstream()
  const gateway = await startGatewayProcess(store, {
    UPSTREAM_BASE_URL: `${upstream.url}/v1`,
    ...issuer.variables,
  })
  try {
    const chat = { url: gateway.url, key: gateway.secret('app-key') }
    await chatUntil(chat, pause(3_000))
    const pid = gateway.child.pid ?? 0
    const before = residentMb(pid)
    const alone = await chatUntil(chat, pause(ALONE_MS))
    let highest = 0
    const sampling = setInterval(() => {
      highest = Math.max(highest, residentMb(pid))
    }, 100)
    const began = performance.now()
    const exporting = rowsOf(`${gateway.url}/admin/v1/export?format=sft`, token)
    const beside = await chatUntil(chat, exporting)
    const seconds = (performance.now() - began) / 1000
    clearInterval(sampling)
    const rows = [
      ['chats alone', ...timesOf(alone), '-', rounded(before, 0)],
      [
        'beside an export',
        ...timesOf(beside),
        rounded((await exporting) / seconds, 0),
        rounded(highest, 0),
      ],
    ]
    const headings = ['chats', 'p50 ms', 'p99 ms', 'max ms', 'rows/s of the export', 'gateway, MB']
    return table(headings, rows)
  } finally {
    await gateway.kill()
    await upstream.stop()
  }
}

const timesOf = (times: readonly number[]) =>
  [0.5, 0.99, 1].map((share) => rounded(percentile(times, share), 1))

type Chat = { readonly url: string; readonly key: string }

async function chatUntil({ url, key }: Chat, end: Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = []
  let isOver = false
  const over = end.finally(() => {
    isOver = true
  })
  const client = async () => {
    while (!isOver) {
      const began = performance.now()
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'bench',
          messages: [{ role: 'user', content: 'What is the capital of France?' }],
        }),
      })
      await response.text()
      if (!response.ok) throw new Error(`A chat was answered with ${response.status}`)
      times.push(performance.now() - began)
    }
  }
  await Promise.all([over, ...Array.from({ length: CLIENTS }, client)])
  return times
}

const NEWLINE = 10

async function rowsOf(url: string, token: string): Promise<number> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok || !response.body)
    throw new Error(`The export was answered with ${response.status}`)
  let rows = 0
  for await (const piece of response.body) for (const byte of piece) if (byte === NEWLINE) rows++
  return rows
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
