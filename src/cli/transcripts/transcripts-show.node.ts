/**
 * `chambers transcripts show ID`: one deliberation as people read it. I/O at the desk. Reasoning is shown to who asks for it alone:
 * it is hazardous material, and may be on a screen that others see. The private key opens what is sealed, and goes nowhere.
 */
import type { Transcript } from '../../transcript/record/record.ts'
import { type FetchedTranscript, openStored, readTranscript } from '../desk/ask-transcripts.node.ts'
import { openDesk } from '../desk/open-desk.node.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand } from '../shell/declare-command.ts'
import { marksFor } from '../shell/marks.ts'
import { readTranscriptKeys, TRANSCRIPT_KEY_OPTION } from '../shell/transcript-key-file.node.ts'
import { unsealLabels } from '../shell/unseal.node.ts'
import { renderTranscript } from './render-transcript.ts'

export const transcriptsShow = declareCommand({
  positionals: { id: { takes: 'ID', says: 'The transcript, as x-chambers-transcript names it' } },
  wanted: 'Name one transcript: chambers transcripts show ID',
  options: {
    ...CONNECTION,
    ...TRANSCRIPT_KEY_OPTION,
    reasoning: { says: 'Show the reasoning, too; the audit log is told who has seen it' },
  },
  async run({ values, positionals: { id } }, io) {
    const { reasoning = false } = values
    const open = await readTranscriptKeys(values.key)
    await using desk = await openDesk({ ...values, environment: io.environment })
    const stored = await readTranscript(desk.client, id, reasoning)
    if (!stored) {
      io.stderr(`No such transcript: ${id}\n`)
      return 1
    }
    const transcript = await openStored(stored, open)
    if (!transcript) {
      io.stderr(`${sayMissing(stored)}\n`)
      return 1
    }
    const labels = await unsealLabels(stored.labels, open)
    const shown = reasoning ? transcript : withoutReasoning(transcript)
    io.stdout(
      io.json
        ? `${JSON.stringify({ ...shown, labels })}\n`
        : renderTranscript({ transcript: shown, labels }, marksFor(io, 'stdout')),
    )
    if (!io.json && !reasoning) io.stderr('The reasoning is left out: --reasoning shows it\n')
    return 0
  },
})

function sayMissing({ id, sealed }: FetchedTranscript): string {
  return sealed === null
    ? `${id} has no content: a relay in mode off, or an app with consent none, leaves its row alone`
    : `${id} is damaged: its content cannot be opened`
}

/** Nor what its reviews quote of it, nor what could not be told apart from it. */
function withoutReasoning(transcript: Transcript): Transcript {
  const attempts = transcript.attempts.map(({ unsplit: _unsplit, ...attempt }) => ({
    ...attempt,
    reasoning: null,
    verdicts: attempt.verdicts.map((verdict) =>
      verdict.sawReasoning
        ? {
            ...verdict,
            findings: verdict.findings.map((one) => ({ ...one, evidence: null, hint: null })),
          }
        : verdict,
    ),
    judgeFailures: attempt.judgeFailures.map(({ words: _words, ...failure }) => failure),
  }))
  return { ...transcript, attempts }
}
