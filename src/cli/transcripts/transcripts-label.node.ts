/**
 * `chambers transcripts label ID`: what a person thinks of a transcript, said at the desk. Who says it is taken from the token. A
 * label is never changed: who thinks otherwise later says so in another.
 */
import { readFileSync } from 'node:fs'
import { labelSchema } from '../../admin/transcripts/labels.ts'
import { LABEL_KINDS } from '../../transcript/record/label.ts'
import { openDesk } from '../desk/open-desk.node.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand, type Options, type ValuesOf } from '../shell/declare-command.ts'
import { UsageError } from '../shell/io.ts'
import { readAnswer } from '../shell/read-answer.ts'
import { oneWordOf } from '../shell/read-values.ts'

const DECISIONS = ['comply', 'safe_complete', 'refuse'] as const

const OPTIONS = {
  ...CONNECTION,
  kind: {
    takes: 'KIND',
    says: `What it is: ${LABEL_KINDS.join(', ')}`,
    required: `Say what it is, with --kind: ${LABEL_KINDS.join(', ')}`,
    read: oneWordOf(LABEL_KINDS, LABEL_KINDS.join(', ')),
  },
  decision: {
    takes: 'D',
    says: `With wrong_decision, the right one: ${DECISIONS.join(', ')}`,
    read: oneWordOf(DECISIONS, DECISIONS.join(', ')),
  },
  clause: { takes: 'ID', says: 'With wrong_decision, a clause that it rests on', multiple: true },
  answer: { takes: 'TEXT', says: 'With edited_answer, the answer as it should have been' },
  'answer-file': { takes: 'FILE', says: 'The same out of a file' },
  note: { takes: 'TEXT', says: 'Whatever else there is to say' },
} as const satisfies Options

type Values = ValuesOf<typeof OPTIONS>

export const transcriptsLabel = declareCommand({
  positionals: { id: { takes: 'ID', says: 'The transcript, as x-chambers-transcript names it' } },
  wanted: 'Name one transcript: chambers transcripts label ID --kind good',
  options: OPTIONS,
  async run({ values, positionals: { id } }, io) {
    const body = bodyOf(values)
    await using desk = await openDesk({ ...values, environment: io.environment })
    const path = `/transcripts/${encodeURIComponent(id)}/labels`
    const labelled = await desk.client.ask({ method: 'POST', path, body }, ['not_found'])
    if (!labelled.ok) {
      io.stderr(`No such transcript: ${id}\n`)
      return 1
    }
    const label = readAnswer(labelSchema, labelled.value)
    io.stdout(
      io.json
        ? `${JSON.stringify(label)}\n`
        : `Labelled ${id}: ${label.kind} by ${label.author} (${label.id})\n`,
    )
    return 0
  },
})

/** Each kind has its own fields: what belongs to another is a slip, and is told. */
function bodyOf(values: Values) {
  const { kind, decision, clause: clauses, note } = values
  const answer = answerOf(values)
  const misplaced = [
    ...(kind !== 'wrong_decision' && decision !== undefined ? ['--decision'] : []),
    ...(kind !== 'wrong_decision' && clauses.length > 0 ? ['--clause'] : []),
    ...(kind !== 'edited_answer' && answer !== undefined ? ['--answer'] : []),
  ]
  if (misplaced.length > 0) throw new UsageError(`Leave out ${misplaced.join(', ')} with ${kind}`)
  if (kind === 'wrong_decision' && decision === undefined) {
    throw new UsageError(`Say what is right, with --decision: ${DECISIONS.join(', ')}`)
  }
  if (kind === 'edited_answer' && answer === undefined) {
    throw new UsageError('Give the answer as it should have been, with --answer or --answer-file')
  }
  if (kind === 'note' && note === undefined) throw new UsageError('Say it, with --note')
  return {
    kind,
    ...(decision !== undefined && { decision, clauses: [...clauses] }),
    ...(answer !== undefined && { answer }),
    ...(note !== undefined && { note }),
  }
}

function answerOf({ answer, 'answer-file': file }: Values): string | undefined {
  if (file === undefined) return answer
  if (answer !== undefined) throw new UsageError('Give one of --answer and --answer-file')
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`Name a file that can be read with --answer-file: ${file}`)
  }
}
