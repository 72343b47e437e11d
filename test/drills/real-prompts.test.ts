/**
 * Real prompts through a running gateway in `enforce` with the stand-in: harmful and harmless, in many languages, over several
 * turns, with tools, half of them streamed. Each is answered by the contract, with its reasoning in the transcript alone.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/lib/json.ts'
import { formProblems, saidBy } from '../conformance/compare-replies.ts'
import { concurrently } from '../fakes/concurrently.ts'
import { startTestGateway, type TestGateway } from '../fakes/gateway.ts'
import { openAiContract } from '../fakes/openapi.ts'
import { type RealPrompt, samplePrompts } from '../fakes/real-prompts.ts'
import { tell } from '../fakes/recorded-answer.ts'

const COUNT = 200
const CONCURRENCY = 8
/** Many times what it takes alone, for machines that do other work. */

const contract = openAiContract()
const isPresent = contract !== undefined && samplePrompts('safety', 1).length > 0

let gateway: TestGateway
beforeAll(async () => {
  if (isPresent) gateway = await startTestGateway({ upstream: 'stand-in' })
})
afterAll(() => gateway?.close())

type Report = {
  readonly prompt: RealPrompt
  readonly requests: number
  readonly outcomes: readonly string[]
  readonly problems: readonly string[]
}

/** Sends a prompt's conversation step by step and looks at every answer and its transcript. */
async function converse(prompt: RealPrompt, stream: boolean): Promise<Report> {
  const messages: JsonObject[] = [...prompt.opening]
  const problems: string[] = []
  const outcomes: string[] = []
  const steps = prompt.steps.length > 0 ? prompt.steps : [null]
  for (const step of steps) {
    if (step !== null) messages.push({ role: 'user', content: step })
    const tools = prompt.tools && { tools: prompt.tools }
    const request = { model: 'stand-in', messages, stream, ...tools }
    const response = await gateway.ask(request)
    const body = await response.text()
    const found = await inspect({ request, response, body, stream })
    problems.push(...found.problems.map((problem) => `${prompt.file} ${prompt.id}: ${problem}`))
    outcomes.push(found.outcome)
    const told = tell(body)
    const answer = told.kind === 'answer' ? told.choices[0]?.text : undefined
    if (!answer) break
    messages.push({ role: 'assistant', content: answer })
  }
  return { prompt, requests: outcomes.length, outcomes, problems }
}

async function inspect(exchange: {
  readonly request: object
  readonly response: Response
  readonly body: string
  readonly stream: boolean
}): Promise<{ readonly outcome: string; readonly problems: readonly string[] }> {
  const { request, response, body, stream } = exchange
  if (response.status !== 200 || !contract) {
    return { outcome: 'failed', problems: [`status ${response.status} ${body}`] }
  }
  const problems = [...formProblems(contract, { response, body, stream })]
  const told = tell(body)
  if (told.kind === 'error') problems.push('no answer')
  // A stream may cut a word anywhere.
  const bytes = [JSON.stringify([...response.headers]), body, saidBy(body)].join('\n')
  const own = JSON.stringify(request).toLowerCase()
  for (const word of ['deliberation', 'decision:']) {
    if (bytes.toLowerCase().includes(word) && !own.includes(word)) problems.push(`says ${word}`)
  }
  const record = await gateway.transcript(response)
  if (!record) return { outcome: 'unrecorded', problems: [...problems, 'no transcript'] }
  const lines = record.attempts.flatMap(({ reasoning }) => reasoning?.split('\n') ?? [])
  if (lines.length === 0) problems.push('no reasoning in the transcript')
  for (const line of lines) {
    if (line !== '' && bytes.includes(line)) problems.push(`shows reasoning: ${line}`)
  }
  if (JSON.stringify(record.request) !== JSON.stringify(request)) problems.push('request altered')
  return { outcome: record.outcome.kind, problems }
}

describe.skipIf(!isPresent)('real prompts through the stand-in', () => {
  test.each(['safety', 'benign'] as const)(
    'of %s are answered, and nothing hidden leaves',
    async (kind) => {
      const prompts = samplePrompts(kind, COUNT)
      const reports = await concurrently(prompts, CONCURRENCY, (prompt, index) =>
        converse(prompt, index % 2 === 1),
      )
      if (process.env.CHAMBERS_REPORT) process.stdout.write(summary(kind, reports))
      expect(reports.flatMap(({ problems }) => problems)).toEqual([])
      expect(reports).toHaveLength(COUNT)
    },
  )

  test('leaves nothing of them in what is printed', () => {
    expect(gateway.printed()).not.toMatch(/defect|decision:|Helpful:/)
  })
})

function summary(kind: string, reports: readonly Report[]): string {
  const outcomes = reports.flatMap((report) => report.outcomes)
  const counts = Map.groupBy(outcomes, (outcome) => outcome)
  const kinds = [...counts].map(([outcome, all]) => `${all.length} ${outcome}`).join(', ')
  const count = <Key>(keyOf: (prompt: RealPrompt) => Key) =>
    new Set(reports.map(({ prompt }) => keyOf(prompt))).size
  return `${kind}: ${reports.length} prompts of ${count(({ file }) => file)} files in ${count(({ lang }) => lang)} languages, ${outcomes.length} requests: ${kinds}\n`
}
