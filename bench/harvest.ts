/**
 * Exports of many transcripts by the real command line: a store is filled by replay, every format is exported from it, and one
 * dataset with every stage and option. Rows must be as many as SQL says. What grows with the store shows as memory.
 * `BENCH_HARVEST` is how many (20,000); `BENCH_HARVEST_STORE` a folder to fill, or one that is filled, and to keep.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FORMATS } from '../src/harvest/formats/format.ts'
import { benchBeside } from './harvest-beside.ts'
import { type Caps, expectedOfEverything, expectedRows, numberOf } from './harvest-expected.ts'
import { EVALUATION_FILE, fillHarvest } from './harvest-fill.ts'
import { rounded, table } from './statistics.ts'

const COUNT = Number(process.env.BENCH_HARVEST ?? 20_000)

export async function benchHarvest(): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), 'chambers-bench-'))
  const store = process.env.BENCH_HARVEST_STORE ?? join(scratch, 'store')
  const out = join(scratch, 'out')
  try {
    if (!existsSync(join(store, 'chambers.db'))) await fillHarvest(store, COUNT)
    const all = numberOf(store, 'SELECT COUNT(*) AS n FROM transcripts')
    const rows: (readonly string[])[] = []
    for (const format of FORMATS) {
      for (const how of ['jsonl', 'parquet'] as const) {
        const args = ['--format', format, ...(how === 'parquet' ? ['--parquet'] : [])]
        const expected = expectedRows(store, format)
        rows.push(await measure({ name: `${format}, ${how}`, store, out, args, all, expected }))
      }
    }
    rows.push(await measureEverything(store, out, all))
    const stats = await run(store, ['stats', '--json'])
    rows.push(['stats', '-', '-', ...costOf(stats, all)])
    const headings = ['export', 'rows', 'by SQL', 's', 'transcripts/s', 'CPU s', 'memory, MB']
    const beside = await benchBeside(join(scratch, 'beside'))
    return `${all} transcripts\n\n${table(headings, rows)}\n\n${beside}`
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function measureEverything(store: string, out: string, all: number) {
  const caps: Caps = {
    // What one tenant of the fill exceeds, and one template, and each pair of section and decision.
    tenant: Math.round(all * 0.06),
    template: Math.round(all * 0.005),
    cell: Math.round(all * 0.015),
    lookAlikes: 0.4,
  }
  const options: Readonly<Record<string, string | number>> = {
    format: 'sft',
    split: '90/5/5',
    'min-score': 'style=5',
    'max-per-tenant': caps.tenant,
    'max-per-template': caps.template,
    'max-per-cell': caps.cell,
    'min-look-alikes': caps.lookAlikes,
    decontaminate: join(store, EVALUATION_FILE),
  }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const expected = expectedOfEverything(store, caps)
  return measure({ name: 'sft, every stage', store, out, args, all, expected })
}

type Measuring = {
  readonly name: string
  readonly store: string
  readonly out: string
  readonly args: readonly string[]
  readonly all: number
  readonly expected: number
}

async function measure({ name, store, out, args, all, expected }: Measuring) {
  const ran = await run(store, ['export', '--out', out, ...args])
  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as {
    readonly rows: number
  }
  rmSync(out, { recursive: true, force: true })
  process.stdout.write(`${name}: ${manifest.rows} rows in ${rounded(ran.seconds, 0)} s\n`)
  const counted = manifest.rows === expected ? String(expected) : `**${expected}**`
  return [name, String(manifest.rows), counted, ...costOf(ran, all)]
}

function costOf({ seconds, cpuSeconds, peakMb }: Ran, all: number): readonly string[] {
  return [seconds, all / seconds, cpuSeconds, peakMb].map((value) => rounded(value, 0))
}

/** `peakMb`: the most that the command and the process it starts took, added up. */
type Ran = { readonly seconds: number; readonly cpuSeconds: number; readonly peakMb: number }

const SAMPLE_EVERY_MS = 200

async function run(store: string, args: readonly string[]): Promise<Ran> {
  const began = performance.now()
  const child = spawn(process.execPath, ['src/cli/main.node.ts', 'harvest', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DATA_DIR: store },
  })
  let told = ''
  child.stderr.on('data', (piece: Buffer) => {
    told = (told + piece.toString()).slice(-2_000)
  })
  let [peakMb, cpuSeconds] = [0, 0]
  const sampling = setInterval(() => {
    const pid = child.pid ?? 0
    peakMb = Math.max(peakMb, highestMb(pid))
    cpuSeconds = Math.max(cpuSeconds, cpuOf(pid))
  }, SAMPLE_EVERY_MS)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearInterval(sampling)
  if (code !== 0) throw new Error(`harvest ${args[0]} ended with ${code}: ${told}`)
  return { seconds: (performance.now() - began) / 1000, cpuSeconds, peakMb }
}

/** The highest that was ever resident; 0 for a process that is gone. */
function highestMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024
}

function cpuOf(pid: number): number {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
