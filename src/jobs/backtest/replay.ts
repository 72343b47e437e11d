/**
 * Looks at one logged exchange under two bundles: which sections each selects, and what the answer channel says of the draft.
 * I/O through the ports: review calls alone. It drafts nothing; there is no model here that could.
 */

import type { JudgeFailure, Verdict } from '../../conversation/outcome.ts'
import { answerText } from '../../deliberation/answer-text.ts'
import { type JudgeAnswerPorts, judgeAnswer } from '../../deliberation/judge/judge-answer.ts'
import { fullSections, select, unite } from '../../deliberation/select.ts'
import { noSpan } from '../../lib/tracing.ts'
import type { Bundle, Protocol, Section } from '../../policy/section.ts'
import type { Selector } from '../../policy/select/selection.ts'
import type { Logged, LoggedDraft } from './logged.ts'
import { asksTheSame } from './same-question.ts'

export type ReplayPorts = {
  readonly selector: Selector
  /** Null: selection alone is compared. */
  readonly judge: Omit<JudgeAnswerPorts, 'selector'> | null
}

/** The two bundles that are compared. */
export type Contest = {
  readonly from: Bundle
  readonly to: Bundle
  readonly protocol: Protocol
  /** True: every verdict is asked for anew, where one could be taken over, too. */
  readonly rejudge: boolean
}

/** What one bundle says of a draft. Classes and ids, never text. */
export type Side =
  | {
      readonly kind: 'verdict'
      readonly passed: boolean
      /** Why it fails: ids of sections with a violated clause, and other classes (`score:style`, `needless_refusal`). */
      readonly grounds: readonly string[]
      readonly model: string
      /** `carried`: the other bundle asks the very same question, so that its verdict holds here too. */
      readonly source: 'logged' | 'asked' | 'carried'
    }
  | { readonly kind: 'failure'; readonly reason: JudgeFailure['reason'] }

export type Replayed = {
  /** Ids of the sections in full over the conversation. */
  readonly selected: { readonly from: readonly string[]; readonly to: readonly string[] }
  /** Null without a judge, or without a draft to be judged. */
  readonly judged: { readonly from: Side; readonly to: Side } | null
}

export async function replay(
  ports: ReplayPorts,
  logged: Logged,
  contest: Contest,
  signal: AbortSignal,
): Promise<Replayed> {
  const { from, to } = contest
  const selectFull = async (bundle: Bundle, draft: string | null) => {
    const { turns } = logged.inquiry
    return fullSections(await select(ports.selector, { turns, draft, bundle, signal }))
  }
  const selected = { from: await selectFull(from, null), to: await selectFull(to, null) }
  const ids = { from: idsOf(selected.from), to: idsOf(selected.to) }
  const { draft } = logged
  if (!ports.judge || !draft) return { selected: ids, judged: null }
  const text = answerText(draft.answer)
  const fromSide = isLoggedUnder(logged, contest)
    ? sideOf(draft.verdict, from, 'logged')
    : await ask(ports, ports.judge, { logged, draft, bundle: from, contest, signal })
  const given = {
    from: unite(from, ids.from, idsOf(await selectFull(from, text))),
    to: unite(to, ids.to, idsOf(await selectFull(to, text))),
  }
  const isSame =
    !contest.rejudge &&
    asksTheSame({ bundle: from, sections: given.from }, { bundle: to, sections: given.to })
  const toSide = isSame
    ? carry(fromSide)
    : await ask(ports, ports.judge, { logged, draft, bundle: to, contest, signal })
  return { selected: ids, judged: { from: fromSide, to: toSide } }
}

/** A verdict counts as the bundle's only if its prompts were these, too. */
function isLoggedUnder(logged: Logged, { from, protocol, rejudge }: Contest): boolean {
  const { policyDigest, protocolDigest } = logged
  return !rejudge && policyDigest === from.digest && protocolDigest === protocol.digest
}

async function ask(
  { selector }: ReplayPorts,
  judge: Omit<JudgeAnswerPorts, 'selector'>,
  question: {
    readonly logged: Logged
    readonly draft: LoggedDraft
    readonly bundle: Bundle
    readonly contest: Contest
    readonly signal: AbortSignal
  },
): Promise<Side> {
  const { logged, draft, bundle, contest, signal } = question
  const { protocol } = contest
  const { verdict, failure } = await judgeAnswer(
    { ...judge, selector },
    { inquiry: logged.inquiry, bundle, protocol, answer: draft.answer, signal, span: noSpan },
  )
  if (verdict) return sideOf(verdict, bundle, 'asked')
  return { kind: 'failure', reason: failure?.reason ?? 'judge_empty' }
}

function sideOf(
  { passed, reasons, model }: Verdict,
  bundle: Bundle,
  source: 'logged' | 'asked',
): Side {
  const grounds = new Set(reasons.map((reason) => groundOf(reason, bundle)))
  return { kind: 'verdict', passed, grounds: [...grounds], model, source }
}

/** `violation:SHM3` to `SHM`. */
function groundOf(reason: string, bundle: Bundle): string {
  const clause = /^violation:(.+)$/.exec(reason)?.[1]
  if (clause === undefined) return reason
  const section = bundle.sections.find(({ clauses }) => clauses.some(({ id }) => id === clause))
  return section?.id ?? clause
}

function carry(side: Side): Side {
  return side.kind === 'verdict' ? { ...side, source: 'carried' } : side
}

function idsOf(sections: readonly Section[]): readonly string[] {
  return sections.map(({ id }) => id)
}
