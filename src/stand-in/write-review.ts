/**
 * The stand-in as reviewer: a verdict object over exactly the clauses it was sent, met unless a scripted sentence says else.
 * No I/O. It knows violations by their sentence alone, so a clean redraft passes whatever the user's markers say.
 */
import type { CompletionRequest } from './chat-request.ts'
import { textOfMessage } from './chat-request.ts'
import type { Markers } from './markers.ts'
import { EMPTY_REPLY, type StandInReply, textReply } from './reply.ts'
import { POOR_REASONING, VIOLATION, VIOLATION_HINT, violationSentence } from './sentences.ts'
import { sectionOf } from './topics.ts'

export type ReviewOptions = {
  readonly request: CompletionRequest
  readonly channel: 'answer' | 'reasoning'
  readonly markers: Markers
}

const CLAUSES = /^Clauses:(.*)$/gm
const DECISION =
  /(?:^|\n|\\n)decision: (comply|safe_complete|refuse)\s*;(?: clauses: ([A-Z0-9, ]+))?/g

const OPINIONS = /: (\d{1,3}) of them, numbered from 1\./g

/** A clause that the review was never sent. */
const UNKNOWN_CLAUSE = 'ZZZ99'

export function writeReview(options: ReviewOptions): StandInReply {
  const { markers } = options
  if (markers.has('judge empty')) return EMPTY_REPLY
  if (markers.has('judge garbage')) return textReply('As a stand-in I have lost my place.')
  if (markers.has('judge refuse')) {
    return { ...EMPTY_REPLY, refusal: "I'm sorry, but I can't help with that." }
  }
  const verdict = JSON.stringify(writeVerdict(options))
  if (!markers.has('judge twice')) return textReply(verdict)
  return textReply(`${verdict}\n${verdict.replace(/"helpfulness":\d+/, '"helpfulness":2')}`)
}

function writeVerdict({ request, channel, markers }: ReviewOptions): object {
  const text = request.messages.map(textOfMessage).join('\n')
  const low = markers.has('judge low')
  const missing = markers.get('judge missing')
  const opinions = writeStances(text)
  const verdict = {
    ...(opinions.length > 0 && { opinions }),
    findings: writeFindings(text, markers),
    missingSections: missing ? [missing] : [],
    helpfulness: low ? 1 : 8,
    style: low ? 1 : 9,
    needlessRefusal: markers.has('judge needless'),
  }
  if (channel === 'answer') return verdict
  const poor = low || text.includes(POOR_REASONING)
  const decision = [...text.matchAll(DECISION)].at(-1)?.[1] ?? 'comply'
  return { ...verdict, grounded: poor ? 1 : 9, consistent: low ? 1 : 9, relevant: 8, decision }
}

/** A stand-in has no view of its own, so it agrees with everybody. */
function writeStances(text: string): readonly object[] {
  const count = Number([...text.matchAll(OPINIONS)].at(-1)?.[1] ?? 0)
  const because = 'A stand-in agrees with everybody.'
  return Array.from({ length: count }, (_, index) => {
    return { opinion: index + 1, stance: 'agree', because }
  })
}

function writeFindings(text: string, markers: Markers): readonly object[] {
  const sent = sentClauses(text)
  const violated = new Set([...text.matchAll(VIOLATION)].map(([, clause = '']) => clause))
  const forced = markers.get('judge violate')
  if (forced) violated.add(forced)
  const extra = markers.has('judge extra') ? [UNKNOWN_CLAUSE] : []
  const clauses = markers.has('judge short') ? sent.slice(0, -1) : sent
  const cited = [...text.matchAll(DECISION)].at(-1)?.[2]?.split(', ') ?? []
  return [...clauses, ...extra].map((clause) =>
    violated.has(clause)
      ? {
          clause,
          finding: 'violated',
          evidence: violationSentence(clause),
          hint: VIOLATION_HINT,
        }
      : {
          clause,
          finding: bearsOn(clause, cited) ? 'met' : 'not_applicable',
          evidence: null,
          hint: null,
        },
  )
}

/** What the reasoning rests on bears on the exchange, as far as a stand-in can tell. */
function bearsOn(clause: string, cited: readonly string[]): boolean {
  return sectionOf(clause) === 'GEN' || cited.includes(clause)
}

/** Untrusted text is JSON-encoded and holds no line of its own, so a line is the gateway's. */
function sentClauses(text: string): readonly string[] {
  const line = [...text.matchAll(CLAUSES)].at(-1)?.[1] ?? ''
  return [...new Set(line.match(/\b[A-Z]{2,8}\d{1,3}\b/g) ?? [])]
}
