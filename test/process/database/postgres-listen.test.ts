import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Listening, listenPostgres } from '../../../src/database/postgres-listen.node.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../fakes/postgres.ts'

const CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN one'"

describe.skipIf(findPostgres() === null)('listening to PostgreSQL', () => {
  let server: PostgresServer
  const open: Listening[] = []
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(async () => {
    await Promise.all(open.map((one) => one.close()))
    await server[Symbol.asyncDispose]()
  })
  const listen = (url = server.url) => {
    const heard = { times: 0 }
    const options = { channel: 'one', connectTimeoutMs: 1_000, pauseMs: 20 }
    const listening = listenPostgres({ ...options, url, onNotified: () => heard.times++ })
    open.push(listening)
    return { heard, listening }
  }
  const told = (heard: { readonly times: number }, times: number) =>
    expect.poll(() => heard.times).toBeGreaterThanOrEqual(times)

  it('tells of each notification, and of its own beginning', async () => {
    const { heard } = listen()
    await told(heard, 1)
    await server.query('NOTIFY one')
    await told(heard, 2)
    await server.query('NOTIFY other')
    await server.query('NOTIFY one')
    await told(heard, 3)
    expect(heard.times).toBe(3)
  })

  it('comes back when its connection is cut, and counts that as a notification', async () => {
    const { heard } = listen()
    await told(heard, 1)
    await server.query(CUT)
    await told(heard, 2)
    await server.query('NOTIFY one')
    await told(heard, 3)
  })

  it('comes back when the server was gone, and ends while it is', async () => {
    const { heard } = listen()
    await told(heard, 1)
    await server.stop()
    const { listening } = listen()
    await listening.close()
    await server.start()
    await told(heard, 2)
  })

  it('ends beside a server that has fallen silent', async () => {
    const { heard, listening } = listen()
    await told(heard, 1)
    await server.freeze()
    await listening.close()
    await server.thaw()
  })
})

describe('listening to nobody', () => {
  it('leaves nothing behind of the tries before', async () => {
    const add = vi.spyOn(AbortSignal.prototype, 'addEventListener')
    const remove = vi.spyOn(AbortSignal.prototype, 'removeEventListener')
    const left = (calls: readonly (readonly unknown[])[]) =>
      calls.filter(([type]) => type === 'abort').length
    const listening = listenPostgres({
      url: 'postgres://nobody@127.0.0.1:1/nothing',
      channel: 'one',
      onNotified: () => {},
      pauseMs: 1,
    })
    await expect.poll(() => left(add.mock.calls)).toBeGreaterThan(10)
    await listening.close()
    expect(left(remove.mock.calls)).toBeGreaterThanOrEqual(left(add.mock.calls))
    vi.restoreAllMocks()
  })
})
