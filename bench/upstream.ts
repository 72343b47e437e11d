/**
 * A zero-latency model server for measurements, as a process of its own: `node bench/upstream.ts PORT`.
 * Answers drafts with tagged reasoning and reviews with a clean verdict, at the least cost that still reads the request;
 * counts nothing and sleeps only where the path says so.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

const ANSWER = 'The capital of France is Paris. '.repeat(40).trim()

const completion = (content: string) =>
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'bench',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 100, completion_tokens: 300, total_tokens: 400 },
  })

const PLAIN = completion(ANSWER)

function verdict(clauses: readonly string[], sawReasoning: boolean): string {
  return JSON.stringify({
    findings: clauses.map((clause) => ({ clause, finding: 'met', evidence: null, hint: null })),
    missingSections: [],
    helpfulness: 9,
    style: 9,
    needlessRefusal: false,
    ...(sawReasoning ? { grounded: 9, consistent: 9, relevant: 9, decision: 'comply' } : {}),
  })
}

function replyTo(body: string): string {
  const nonce = /<deliberation-([0-9a-f]{8,})>/.exec(body.slice(-20_000))?.[1]
  const review = /"name":"(verdict_(?:answer|reasoning))"/.exec(body)?.[1]
  if (review) {
    const line = /Clauses: ([^"\\]*)/.exec(body)?.[1] ?? ''
    const clauses = line
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean)
    return completion(verdict(clauses, review === 'verdict_reasoning'))
  }
  if (!nonce) return PLAIN
  const reasoning =
    'The request is a question of fact. Helpful and safe. decision: comply; clauses: none'
  return completion(
    `<deliberation-${nonce}>\n${reasoning.replace('. decision', '.\ndecision')}\n</deliberation-${nonce}>\n${ANSWER}`,
  )
}

function stream(response: ServerResponse, gapMs: number, chunks: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const piece = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
  let sent = 0
  const step = () => {
    if (response.destroyed) return
    if (sent++ < chunks) {
      response.write(piece({ content: 'Paris ' }, null))
      if (gapMs > 0) setTimeout(step, gapMs)
      else setImmediate(step)
      return
    }
    response.end(`${piece({}, 'stop')}data: [DONE]\n\n`)
  }
  step()
}

function handle(request: IncomingMessage, response: ServerResponse): void {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => {
    const body = Buffer.concat(pieces).toString('utf8')
    if (body.includes('bench-stall')) return
    if (/"stream":\s*true/.test(body) && !body.includes('deliberation-')) {
      stream(response, body.includes('bench-paced') ? 5 : 0, 20)
      return
    }
    const reply = replyTo(body)
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(reply),
    })
    response.end(reply)
  })
}

const server = createServer(handle)
server.keepAliveTimeout = 60_000
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address()
  if (address && typeof address === 'object') process.stdout.write(`listening ${address.port}\n`)
})
