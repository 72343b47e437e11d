/**
 * A PostgreSQL server of a test's own: a new cluster in a temporary folder on a free port, stopped by its process id.
 * Started from the machine's installation; `findPostgres` says whether there is one.
 */
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'
import { until } from './waiting.ts'

export type PostgresServer = {
  readonly url: string
  /** Runs one statement on a connection of its own. */
  query(sql: string): Promise<void>
  /** Ends the server at once, as a crash would; the data stays. */
  stop(): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
  /** Stops the server's answers without closing a connection, and lets them go on. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Stops it and removes its files. */
  [Symbol.asyncDispose](): Promise<void>
}

type Running = {
  readonly pid?: number | undefined
  readonly exitCode: number | null
  kill(signal: 'SIGINT' | 'SIGCONT'): boolean
  once(event: 'exit', listener: () => void): unknown
}

/** A test ends the server, never the machine: what was written is in the system's memory, and need not be on the disk. */
const UNSAFE = ['-c', 'fsync=off', '-c', 'full_page_writes=off']

const INSTALLATIONS = '/usr/lib/postgresql'

/** The folder of the newest installation's programs; null when there is none. */
export function findPostgres(): string | null {
  if (!existsSync(INSTALLATIONS)) return null
  const versions = readdirSync(INSTALLATIONS)
    .filter((version) => existsSync(join(INSTALLATIONS, version, 'bin/postgres')))
    .sort((a, b) => Number(b) - Number(a))
  return versions[0] === undefined ? null : join(INSTALLATIONS, versions[0], 'bin')
}

/** Starts a server. @throws Error when there is no installation or it does not come up. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgres()
  if (!bin) throw new Error('PostgreSQL is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'chambers-postgres-'))
  const owner = serverOwner()
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid ?? owner.uid)
  const cluster = join(folder, 'data')
  const port = await freePort()
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', cluster, '-A', 'trust', '-U', 'chambers', '-E', 'UTF8', '--no-sync'],
    { ...owner, cwd: folder, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const url = `postgres://chambers@127.0.0.1:${port}/postgres`
  let server: Running | null = null
  const start = async () => {
    server = spawn(
      join(bin, 'postgres'),
      ['-D', cluster, '-p', String(port), '-h', '127.0.0.1', '-k', folder, ...UNSAFE],
      { ...owner, cwd: folder, stdio: 'ignore' },
    )
    await untilReady(url, server)
  }
  const stop = async () => {
    const running = server
    server = null
    if (!running || running.exitCode !== null) return
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()))
    running.kill('SIGINT')
    // A frozen server takes no signal before it goes on.
    running.kill('SIGCONT')
    await ended
  }
  /** The postmaster alone holds no connection: its children are what answers. */
  const signalAll = async (signal: 'SIGSTOP' | 'SIGCONT') => {
    if (!server?.pid) return
    const list = spawnSync('ps', ['-o', 'pid=', '--ppid', String(server.pid)], { encoding: 'utf8' })
    const children = list.stdout.split('\n').map(Number).filter(Boolean)
    for (const pid of [server.pid, ...children]) {
      try {
        process.kill(pid, signal)
      } catch {
        // It ended in the meantime.
      }
    }
  }
  try {
    await start()
  } catch (error) {
    await stop()
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    url,
    query: (sql) => query(url, sql),
    start,
    stop,
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await signalAll('SIGCONT')
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root: then it runs as the account its package made. */
function serverOwner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function untilReady(url: string, server: Running): Promise<void> {
  const over = new Promise<never>((_, reject) => {
    server.once('exit', () => reject(new Error('PostgreSQL ended instead of coming up')))
  })
  const answers = () =>
    query(url, 'SELECT 1').then(
      () => true,
      () => false,
    )
  return until('PostgreSQL answers', answers, over)
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end().catch(() => {})
  }
}
