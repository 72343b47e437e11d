/**
 * A transcript as a backtest reads it: what was asked, and the draft that is looked at again. Pure.
 * The reasoning in the transcript is left where it is: nothing here, or behind it, ever sees it.
 */
import type { Answer, Inquiry, Verdict } from '../../conversation/outcome.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import { storedInquiry } from '../../wire/chat-view.ts'

/** Why a transcript cannot be looked at again. */
export type SkipReason =
  /** The caller allows counts only, so that nothing was kept. */
  | 'no_consent'
  /** It was only relayed. */
  | 'no_content'
  /** Its content is damaged, or gone. */
  | 'unreadable'
  /** The request is none that can be read alone. */
  | 'not_chat'

export type LoggedDraft = {
  readonly answer: Answer
  /** Of the answer channel, at the time. */
  readonly verdict: Verdict
}

export type Logged = {
  readonly id: string
  readonly inquiry: Inquiry
  readonly policyDigest: string
  readonly protocolDigest: string
  /** The first draft of the first choice that the answer channel judged; null where none came so far. */
  readonly draft: LoggedDraft | null
  /** True where people have said what they think of it. */
  readonly labelled: boolean
}

export function readLogged(transcript: Transcript): Result<Logged, SkipReason> {
  const { id, consent, request, policy, protocol, labels } = transcript
  if (consent === 'none') return fail('no_consent')
  if (request === null) return fail('no_content')
  const inquiry = storedInquiry(transcript)
  if (!inquiry) return fail('not_chat')
  return succeed({
    id,
    inquiry,
    policyDigest: policy.digest,
    protocolDigest: protocol,
    draft: judgedDraft(transcript),
    labelled: labels.length > 0,
  })
}

function judgedDraft({ attempts }: Transcript): LoggedDraft | null {
  for (const { choice, answer, verdicts } of attempts) {
    const verdict = verdicts.find(({ channel }) => channel === 'answer')
    if (choice === 0 && answer && verdict) return { answer, verdict }
  }
  return null
}
