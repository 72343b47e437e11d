/**
 * The texts behind the examples of a backtest, for those who ask for them: what was asked last, and the draft that was judged.
 * Reads transcripts. What people ask may be hazardous, so this runs on request alone, personal data replaced; reasoning is never
 * in it.
 */

import { turnText } from '../../conversation/turn.ts'
import { answerText } from '../../deliberation/answer-text.ts'
import { redactValue } from '../../harvest/redaction/redact-value.ts'
import { redactTogether } from '../../harvest/redaction/redactor.ts'
import { readLogged } from '../../jobs/backtest/logged.ts'
import type { ScanSource } from '../../jobs/backtest/scan.ts'
import { printable } from '../../text/printable.ts'
import type { RowRedactor } from '../redactor/redactor-command.node.ts'
import type { Io } from '../shell/io.ts'
import type { BacktestReport } from './backtest-report.ts'

const MAX_SHOWN_CHARACTERS = 2_000

export async function printExamples(
  report: BacktestReport,
  source: Pick<ScanSource, 'read'>,
  { io, redactor }: { readonly io: Io; readonly redactor: RowRedactor },
): Promise<void> {
  for (const id of exampleIds(report)) {
    const transcript = await source.read(id)
    const logged = transcript && readLogged(transcript)
    if (!logged?.ok) continue
    const { inquiry, draft } = logged.value
    const asked = inquiry.turns.findLast(({ role }) => role === 'user')
    const texts = { asked: asked ? turnText(asked) : '', draft: draft && answerText(draft.answer) }
    const found = redactTogether((known) => redactValue(texts, known)).value as typeof texts
    const shown = await redactor.redact(found)
    const prompt = cut(shown.asked)
    const answer = shown.draft && cut(shown.draft)
    if (io.json) io.stdout(`${JSON.stringify({ example: { id, prompt, answer } })}\n`)
    else {
      io.stdout(`\n${id}\n${quote('asked', prompt)}`)
      if (answer !== null) io.stdout(quote('draft', answer))
    }
  }
}

/** Each once, in their order. */
export function exampleIds({ selection, judging }: BacktestReport): readonly string[] {
  const lists = [
    ...(judging?.grounds.flatMap(({ nowFails, nowPasses }) => [nowFails, nowPasses]) ?? []),
    ...(judging ? [judging.otherGrounds] : []),
    ...selection.sections.flatMap(({ cameUp, left }) => [cameUp, left]),
  ]
  return [...new Set(lists.flatMap(({ ids }) => ids))].sort()
}

function cut(text: string): string {
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text
}

function quote(name: string, text: string): string {
  const lines = printable(text).split('\n')
  return `${lines.map((line, at) => `${(at === 0 ? `${name}:` : '').padEnd(7)}${line}`).join('\n')}\n`
}
