/**
 * A policy as data: sections, clauses, styles, settings, and the bundle they compile to. Types only, no I/O.
 * Everything here is immutable and JSON: a bundle is shared by every request that pinned it.
 */

export const MODES = ['enforce', 'shadow', 'off'] as const
export type Mode = (typeof MODES)[number]
export type Severity = 'low' | 'medium' | 'high' | 'critical'
export type Authority = 'platform' | 'operator' | 'user'
export type ResponseKind = 'comply' | 'safe_complete' | 'refuse' | 'escalate'
/** The decisions a draft can declare; each has a style guide. */
export type Decision = 'comply' | 'safe_complete' | 'refuse'

export const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical']

/** One rule: a list item of a section that begins with a bold id. */
export type Clause = {
  readonly id: string
  /** The heading it stands under: which side of the line it is on. */
  readonly side: 'allowed' | 'disallowed' | 'safe_completion'
  readonly text: string
}

export type Section = {
  readonly id: string
  readonly title: string
  readonly summary: string
  readonly severity: Severity
  readonly authority: Authority
  readonly response: ResponseKind
  /** Words and example prompts that help selection, in any language. */
  readonly triggers: readonly string[]
  /** True: always injected in full. */
  readonly always: boolean
  readonly overrides: readonly string[]
  readonly locales: readonly string[]
  readonly clauses: readonly Clause[]
  /** Markdown of each heading, trimmed; absent headings are empty strings. */
  readonly definitions: string
  readonly allowed: string
  readonly disallowed: string
  readonly safeCompletion: string
  readonly rationale: string
  readonly examples: string
  /** What is said when nothing better can be: plain text, ready to send. */
  readonly fallback: string
  /** Style texts of this section that override the policy's, by decision. */
  readonly style: Partial<Readonly<Record<Decision, string>>>
}

export type SelectionSettings = {
  /** A section is injected in full from this score (0 to 1) on. */
  readonly threshold: number
  /** At most so many sections in full, besides those marked `always`. */
  readonly maxSections: number
  /** At most so many estimated tokens of full sections. */
  readonly maxTokens: number
}

export type DeliberationSettings = {
  readonly maxRedrafts: number
  /** Tokens the hidden reasoning may take, beside the client's own limit for the answer. */
  readonly reasoningTokens: number
  /** Hosted tools (by type) that may run before anyone can judge their effects. */
  readonly hostedTools: readonly string[]
}

export type JudgeSettings = {
  readonly failAt: Severity
  /** A score below this (0 to 10) fails the channel. */
  readonly min: number
  readonly samples: number
  readonly reasoning: 'gate' | 'record' | 'off'
  readonly onFailure: 'block' | 'substitute' | 'release'
  readonly timeoutMs: number
}

export type TranscriptSettings = {
  readonly onFailure: 'spool' | 'block'
  readonly retentionDays: number
}

/**
 * What halts a rollout by itself: how much worse than the active revision a candidate may do over the same time.
 * Rates are shares (0 to 1) by which the candidate's may exceed the active one's.
 */
export type GuardSettings = {
  /** So many requests on each side before anything is compared. */
  readonly minRequests: number
  readonly refusalRate: number
  readonly judgeFailureRate: number
  /** The candidate's mean time over the active one's. */
  readonly latencyRatio: number
  /** The share of the drafts looked at by both on which they differ. */
  readonly disagreement: number
}

/** Who is one caller to a rollout, from the first that a request tells of; the last one always is told. */
export const ROLLOUT_UNITS = ['session', 'user', 'conversation', 'app'] as const
export type RolloutUnit = (typeof ROLLOUT_UNITS)[number]

/** How an activation of the policy begins where the activation itself does not say, and what halts it. */
export type RolloutSettings = {
  readonly percent: number
  readonly shadow: boolean
  /** The unit to begin with; where a request does not tell of it, those behind it count. Absent: the first of all. */
  readonly unit?: RolloutUnit
  readonly guard?: GuardSettings
}

/** Who must sign the revision that comes after this one. */
export type SignatureSettings = {
  /** So many different keys. */
  readonly required: number
  /** Key ids that count; empty: every key the gateway trusts. */
  readonly signers: readonly string[]
}

/** Shares (0 to 1) of golden cases that must hold in each section. */
export type TestThresholds = {
  /** Of the cases that expect the section: those in which it came up. */
  readonly recall: number
  /** Of the cases that expect no section: those in which this one stayed out. */
  readonly permit: number
  /** Of the cases of the section that expect a decision: those decided so. */
  readonly decisions: number
}

/** What a revision's golden cases must reach before it can be activated. */
export type TestSettings = TestThresholds & {
  /** The model that decision cases are tried with; without one they are skipped. */
  readonly model?: string
  /** Other shares for single sections. */
  readonly sections: Readonly<Record<string, Partial<TestThresholds>>>
}

/** The compiled, canonical form of a policy, without its digest. */
export type BundleContent = {
  readonly schema: 1
  readonly id: string
  readonly title: string
  readonly owners: readonly string[]
  readonly mode: Mode
  readonly selection: SelectionSettings
  readonly deliberation: DeliberationSettings
  readonly judge: JudgeSettings
  readonly transcripts: TranscriptSettings
  readonly rollout?: RolloutSettings
  readonly signatures?: SignatureSettings
  readonly tests?: TestSettings
  /** Section ids, the weightiest first: which one prevails when two disagree. */
  readonly precedence: readonly string[]
  readonly sections: readonly Section[]
  readonly style: Readonly<Record<Decision, string>>
}

export type Bundle = BundleContent & {
  /** Lowercase hex SHA-256 of the canonical JSON (RFC 8785) of the content. */
  readonly digest: string
  /** The revision number of the signed envelope that brought it; 0 for the folder built into the program. */
  readonly revision: number
}

/** The deliberation and review prompts: reviewed text files with a digest of their own. */
export type Protocol = {
  readonly digest: string
  /** By file name without ending. */
  readonly texts: Readonly<Record<string, string>>
}
