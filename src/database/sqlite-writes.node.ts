/**
 * Writes to SQLite in groups: those that arrive together share one transaction, each under a savepoint of its own, and one
 * flush of the log, which precedes every answer. I/O through the connection and the flush. One group at a time; a write that
 * fails takes none of the others with it.
 */
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { DatabaseError, type Row } from './database.ts'
import { toSqliteError } from './sqlite-error.node.ts'

export type WriteGroupsPorts = {
  readonly connection: DatabaseSync
  readonly flush: () => Promise<void> | undefined
  /** How long a group waits for another process's write. */
  readonly busyTimeoutMs: number
}

type Job = {
  readonly run: () => readonly Row[]
  readonly resolve: (rows: readonly Row[]) => void
  readonly reject: (error: DatabaseError) => void
}

type Settled = { readonly rows: readonly Row[] } | { readonly error: DatabaseError }

/** Few enough that a group holds the event loop for about two milliseconds at most. */
const MAX_GROUP = 64
/** SQLite's own wait blocks the thread, so the patient waiting is done here. */
const RETRY_PAUSE_MS = 10

export class WriteGroups {
  readonly #ports: WriteGroupsPorts
  readonly #waiting: Job[] = []
  #working: Promise<void> | null = null

  constructor(ports: WriteGroupsPorts) {
    this.#ports = ports
  }

  /** Rejects with `DatabaseError`; resolves once what was written is flushed. */
  enqueue(run: () => readonly Row[]): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run, resolve, reject })
      this.#working ??= this.#work()
    })
  }

  /** Resolves once nothing waits any more. */
  async idle(): Promise<void> {
    await this.#working
  }

  async #work(): Promise<void> {
    // Everything that arrives in this turn of the event loop joins the first group.
    await nextTurn()
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MAX_GROUP)
      const settled = await this.#commit(group).catch((error: unknown) =>
        group.map(() => ({ error: toSqliteError(error) })),
      )
      answer(group, settled)
    }
    this.#working = null
  }

  async #commit(group: readonly Job[]): Promise<readonly Settled[]> {
    const refused = await this.#begin()
    if (refused) return group.map(() => ({ error: refused }))
    const settled = runGroup(this.#ports.connection, group)
    try {
      await this.#ports.flush()
      return settled
    } catch {
      return withoutRows(settled, 'Cannot flush the write-ahead log')
    }
  }

  /** Null once the transaction has begun. */
  async #begin(): Promise<DatabaseError | null> {
    const { connection, busyTimeoutMs } = this.#ports
    const giveUpAt = performance.now() + busyTimeoutMs
    for (;;) {
      try {
        connection.exec('BEGIN IMMEDIATE')
        return null
      } catch (error) {
        if (performance.now() >= giveUpAt) return toSqliteError(error)
        if (toSqliteError(error).failure !== 'unavailable') return toSqliteError(error)
      }
      await pause(RETRY_PAUSE_MS)
    }
  }
}

function runGroup(connection: DatabaseSync, group: readonly Job[]): readonly Settled[] {
  const settled = group.map((job) => runUnderSavepoint(connection, job))
  try {
    // Some errors (a full disk, say) end the whole transaction: then nothing of the group was kept.
    if (!connection.isTransaction) throw new Error('The transaction was ended by an error in it')
    connection.exec('COMMIT')
    return settled
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK')
    return withoutRows(settled, toSqliteError(error).message)
  }
}

function runUnderSavepoint(connection: DatabaseSync, job: Job): Settled {
  try {
    connection.exec('SAVEPOINT one')
    const rows = job.run()
    connection.exec('RELEASE one')
    return { rows }
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK TO one; RELEASE one')
    return { error: toSqliteError(error) }
  }
}

/** What was done and did not last; what had failed keeps its own reason. */
function withoutRows(settled: readonly Settled[], message: string): readonly Settled[] {
  const lost = new DatabaseError('unavailable', message)
  return settled.map((one) => ('error' in one ? one : { error: lost }))
}

function answer(group: readonly Job[], settled: readonly Settled[]): void {
  for (const [index, job] of group.entries()) {
    const one = settled[index]
    if (one && 'rows' in one) job.resolve(one.rows)
    else job.reject(one?.error ?? new DatabaseError('unavailable', 'The write was lost'))
  }
}
