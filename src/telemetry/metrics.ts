/**
 * What the gateway counts, as a port (OpenTelemetry, GenAI conventions). Types and the silent implementation only.
 * Labels are closed words, section ids and digests; no text of a message, of reasoning or of a policy is ever one.
 */
import type { Mode } from '../policy/section.ts'

export interface Metrics {
  requestEnded(labels: {
    readonly outcome: 'released' | 'redrafted' | 'substituted' | 'passed' | 'failed'
    /** `none`, like the digest, for a request that got no bundle. */
    readonly mode: Mode | 'none'
    readonly policyDigest: string
    /** The error code on the wire, or `none`. */
    readonly code: string
  }): void
  /** Total time minus the time spent waiting for models. */
  overhead(ms: number, mode: Mode): void
  timeToFirstAnswerByte(ms: number, mode: Mode): void
  redrafted(policyDigest: string): void
  finding(section: string, finding: 'violated'): void
  judgeFailed(reason: string): void
  /** Generation and review tokens, by GenAI convention. */
  tokens(
    labels: { readonly operation: 'draft' | 'judge'; readonly model: string },
    input: number,
    output: number,
  ): void
  /** One call to a model, over all its tries; `failure` is its class, null when it answered. */
  modelCallEnded(
    labels: {
      readonly operation: 'draft' | 'judge'
      readonly model: string
      readonly failure: string | null
    },
    ms: number,
  ): void
  /** `expired`: older than its policy keeps them; `deleted`: with the person it was about. */
  transcript(
    fate: 'written' | 'spooled' | 'dropped' | 'expired' | 'deleted',
    why?: WhyDropped,
  ): void
  /**
   * The state of a conversation: kept or recalled; lost, because it could not be written or read or was too large; carried by a client
   * and not used as it was sealed.
   */
  state(fate: 'kept' | 'recalled' | 'unkept' | 'unread' | 'too_large' | 'stale'): void
  /** A bundle began to serve for this policy; its age is counted from now on. */
  policyActivated(policy: string, digest: string): void
  /** A rollout was halted by its guard; `reason` is a closed word. */
  rolloutHalted(policy: string, reason: string): void
}

/**
 * Why a shadowed request was not deliberated upon: its body was larger than may be kept, or broke off; no room was left beside
 * those that are held or wait; it is no chat request; its bundle is gone; the queue did not take it; a defect.
 */
export type WhyDropped =
  | 'too_large'
  | 'cut'
  | 'busy'
  | 'unreadable'
  | 'bundle_gone'
  | 'queue_unavailable'
  | 'defect'

export const noMetrics: Metrics = {
  requestEnded() {},
  overhead() {},
  timeToFirstAnswerByte() {},
  redrafted() {},
  finding() {},
  judgeFailed() {},
  tokens() {},
  modelCallEnded() {},
  transcript() {},
  state() {},
  policyActivated() {},
  rolloutHalted() {},
}
