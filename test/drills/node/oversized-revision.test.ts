/** A revision of 50 MB, however it is sent: refused before it is held. A process of its own shows what that cost. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type GatewayProcess, startGatewayProcess } from '../../fakes/gateway-process.ts'

const LIMIT = 8 * 1024 * 1024
const BYTES = 50_000_000
const FEW_MB = 10
const AT_ONCE = 16
const CHUNK = Buffer.alloc(64 * 1024, ' ')

let folder: string
let gateway: GatewayProcess
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chambers-oversized-'))
  gateway = await startGatewayProcess(folder)
})
afterAll(async () => {
  await gateway?.kill()
  rmSync(folder, { recursive: true, force: true })
})

/** Sends as fast as it is taken; gives the answer, or null where the connection was closed before one. */
function send({ declared, bytes }: { declared: boolean; bytes: number }): Promise<{
  readonly status: number | undefined
  readonly code: string
  readonly detail: string
} | null> {
  return new Promise((resolve) => {
    let left = bytes
    const sending = request(`${gateway.url}/admin/v1/policies/garden/revisions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.secret('admin-token')}`,
        'content-type': 'application/json',
        ...(declared && { 'content-length': bytes }),
      },
    })
    const more = () => {
      while (left > 0) {
        const part = CHUNK.subarray(0, Math.min(left, CHUNK.length))
        left -= part.length
        if (!sending.write(part)) return
      }
      sending.end()
    }
    sending.on('drain', more)
    sending.on('error', () => resolve(null))
    sending.on('response', (response) => {
      let text = ''
      response.on('data', (part) => {
        text += part
      })
      response.on('error', () => {})
      response.on('end', () => {
        resolve({ status: response.statusCode, ...JSON.parse(text) })
        sending.destroy()
      })
    })
    more()
  })
}

/** The most memory the process ever held, in MB. */
function peakMb(): number {
  const status = readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

it.skipIf(process.platform !== 'linux').each([true, false])(
  'is refused with 413 at the cost of one that is just too large, its length declared: %s',
  async (declared) => {
    const pushAtOnce = (bytes: number) =>
      Promise.all(
        Array.from({ length: AT_ONCE }, async () =>
          expect(await send({ declared, bytes })).toMatchObject({
            status: 413,
            code: 'request_too_large',
            detail: `Send a body of at most ${LIMIT} bytes`,
          }),
        ),
      )
    for (let round = 0; round < 3; round++) await pushAtOnce(LIMIT + 1)
    const beforeMb = peakMb()
    for (let round = 0; round < 2; round++) await pushAtOnce(BYTES)
    // The heap's own growth is in it: only many at once tell it from what is held of them.
    expect(peakMb() - beforeMb).toBeLessThan(AT_ONCE * FEW_MB)
  },
)
