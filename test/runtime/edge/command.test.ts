import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type EdgeCommand, startEdgeCommand } from '../../fakes/edge-command.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function start(environment: Record<string, string> = {}): Promise<EdgeCommand> {
  const edge = await startEdgeCommand(environment)
  closers.push(() => edge.close())
  return edge
}

function ask({ url, appKey }: EdgeCommand, stream: boolean): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${appKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'stand-in',
      stream,
      messages: [{ role: 'user', content: 'How do I pick a strong password?' }],
    }),
  })
}

describe('npm run edge', () => {
  it('says how to ask, answers whole and streamed, and shows the transcript to its admin', async () => {
    const edge = await start()
    expect(edge.printed()).toContain(`curl -i ${edge.url}/v1/chat/completions`)
    expect(edge.printed()).not.toContain(edge.appKey)
    const response = await ask(edge, false)
    const { choices } = await response.json()
    expect(choices[0].message.content).toContain('strong password')
    const events = await (await ask(edge, true)).text()
    expect(events.startsWith(': held\n')).toBe(true)
    expect(events.endsWith('data: [DONE]\n\n')).toBe(true)
    const id = response.headers.get('x-chambers-transcript')
    const read = await fetch(`${edge.url}/admin/v1/transcripts/${id}`, {
      headers: { authorization: `Bearer ${edge.adminToken}` },
    })
    expect(await read.json()).toMatchObject({ id, outcome: { kind: 'released' } })
  })

  it('ends with everything it started at an interrupt', async () => {
    const edge = await start()
    expect(await edge.end('SIGINT')).toBe(0)
    await expect(fetch(`${edge.url}/healthz`)).rejects.toThrow('fetch failed')
  })

  it('refuses a bad variable before it starts anything', async () => {
    await expect(startEdgeCommand({ UPSTREAM_BASE_URL: 'nonsense' })).rejects.toThrow(
      'UPSTREAM_BASE_URL: got "nonsense", wants an http or https URL',
    )
  })

  it('refuses a port that is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await expect(startEdgeCommand({ PORT: String(port) })).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port}: set PORT`,
    )
  })
})
