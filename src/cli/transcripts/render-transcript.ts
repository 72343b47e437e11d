/**
 * One deliberation for people: what was asked, which sections were before the model, every draft with what each review found, and
 * what people say of it. Pure; texts of users and models are made safe for terminals.
 */
import { answerText } from '../../deliberation/answer-text.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { printable } from '../../text/printable.ts'
import type { HumanLabel } from '../../transcript/record/label.ts'
import type { Transcript, TranscriptAttempt } from '../../transcript/record/record.ts'
import { chatViewOf } from '../../wire/chat-view.ts'
import type { TerminalMarks } from '../shell/marks.ts'
import { shortDigest, tableOf, timeOf } from '../shell/table.ts'

type Shown = { readonly transcript: Transcript; readonly labels: readonly HumanLabel[] }

export function renderTranscript({ transcript, labels }: Shown, marks: TerminalMarks): string {
  const { id, time, tenant, app, mode, policy, outcome, upstream, attempts } = transcript
  const ended = outcome.reason === null ? outcome.kind : `${outcome.kind} (${outcome.reason})`
  const head = [
    ['transcript', id],
    ['time', timeOf(Date.parse(time))],
    ['app', `${app} of tenant ${tenant}`],
    ['policy', `${policy.id}@${shortDigest(policy.digest)}, revision ${policy.revision}, ${mode}`],
    ['model', upstream.model],
    ['outcome', ended],
  ]
  const parts = [
    head.map(([name = '', value = '']) => `${name.padEnd(12)}${printable(value)}\n`).join(''),
    section(marks, 'Conversation', messagesOf(transcript).map(renderMessage).join('')),
    section(marks, 'Sections', renderSelection(transcript)),
    ...attempts.map((attempt) =>
      section(marks, titleOf(attempt, attempts), renderAttempt(attempt, marks)),
    ),
    section(marks, 'Labels', labels.map(renderLabel).join('')),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function section(marks: TerminalMarks, title: string, text: string): string {
  return text === '' ? '' : `${marks.heading(title)}\n${text}`
}

/** With several choices, a draft belongs to one of them. */
function titleOf({ choice, number }: TranscriptAttempt, all: readonly TranscriptAttempt[]): string {
  const several = all.some((one) => one.choice !== choice)
  return several ? `Draft ${number} of choice ${choice}` : `Draft ${number}`
}

function renderSelection({ selection }: Transcript): string {
  const full = selection.filter((one) => one.full)
  if (full.length === 0) return '  none in full\n'
  const rows = full.map(({ section: id, score, reason }) => [id, score.toFixed(2), reason])
  return indented(tableOf(['section', 'score', 'why'], rows).trimEnd())
}

function renderAttempt(attempt: TranscriptAttempt, marks: TerminalMarks): string {
  const { reasoning, decision, citedClauses, answer, checks, verdicts, judgeFailures } = attempt
  const cited = citedClauses.length > 0 ? `; ${citedClauses.join(', ')}` : ''
  const failed = checks.filter(({ passed }) => !passed)
  const reason = attempt.failure?.reason
  return [
    quote('strategy', attempt.strategy),
    decision === null ? '' : quote('decision', `${decision}${cited}`),
    reasoning === null ? '' : quote('reasoning', reasoning),
    answer === null ? '' : quote('answer', answerText(answer)),
    ...failed.map(({ name, reason: why }) =>
      quote('check', `${name} failed: ${why ?? 'no reason'}`),
    ),
    typeof reason === 'string' ? quote('failed', reason) : '',
    ...verdicts.map((verdict) => renderVerdict(verdict, marks)),
    ...judgeFailures.map(({ channel, reason: why }) =>
      quote('review', `${channel} gave no verdict: ${why}`),
    ),
  ].join('')
}

function renderVerdict(
  { channel, passed, reasons, scores, findings }: TranscriptAttempt['verdicts'][number],
  marks: TerminalMarks,
): string {
  const told = Object.entries(scores).map(([name, score]) => `${name} ${score}`)
  const verdict = passed ? marks.good('passed') : marks.bad(`failed: ${reasons.join(', ')}`)
  const met = findings.filter(({ finding }) => finding === 'met').map(({ clause }) => clause)
  const violated = findings.filter(({ finding }) => finding === 'violated')
  const lines = [
    `  ${'review'.padEnd(WIDTH)}${channel} ${verdict}; ${told.join(', ')}`,
    ...(met.length > 0 ? [`${BESIDE}met ${met.join(', ')}`] : []),
    ...violated.map(({ clause, evidence, hint }) => {
      const words = [evidence && `“${evidence}”`, hint].filter(Boolean).join(': ')
      return `${BESIDE}${marks.bad(`violated ${clause}`)}${words === '' ? '' : `  ${oneLine(words)}`}`
    }),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function renderLabel({ time, author, kind, decision, clauses, answer, note }: HumanLabel): string {
  const parts = [
    decision,
    clauses.join(', '),
    answer && `“${oneLine(answer)}”`,
    note && oneLine(note),
  ]
  return `  ${[timeOf(time), printable(author), kind, ...parts].filter(Boolean).join('  ')}\n`
}

/** Room for the longest word in front of a text. */
const WIDTH = 11
const BESIDE = ' '.repeat(WIDTH + 2)

/** A text with a word in front of it, every line of it in its own column. */
function quote(name: string, text: string): string {
  return printable(text)
    .split('\n')
    .map((line, at) => `  ${(at === 0 ? name : '').padEnd(WIDTH)}${line}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('')
}

function indented(text: string): string {
  return `${text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n`
}

function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ')
}

type Message = { readonly role: string; readonly text: string }

function renderMessage({ role, text }: Message): string {
  return quote(role, text)
}

/** As the client sent them. What is no text is named, and not shown. */
function messagesOf(transcript: Transcript): readonly Message[] {
  const messages: readonly JsonValue[] = chatViewOf(transcript)?.messages ?? []
  return messages.filter(isJsonObject).map((message) => {
    const calls = Array.isArray(message.tool_calls) ? message.tool_calls : []
    const texts = [contentText(message.content ?? null), ...calls.map(callText)]
    return { role: wordOf(message.role), text: texts.filter((one) => one !== '').join('\n') }
  })
}

function contentText(content: JsonValue): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return (content as readonly JsonValue[])
    .filter(isJsonObject)
    .map(({ type, text, refusal }) => {
      const words = text ?? refusal
      return typeof words === 'string' ? words : `[${wordOf(type)}]`
    })
    .join('\n')
}

function callText(call: JsonValue): string {
  const called = isJsonObject(call) ? (call.function ?? call.custom) : null
  if (!isJsonObject(called ?? null)) return '[tool call]'
  const { name, arguments: args, input } = called as { readonly [name: string]: JsonValue }
  return `calls ${wordOf(name)}(${wordOf(args ?? input)})`
}

/** Of what a client may have sent in any form. */
function wordOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '')
}
