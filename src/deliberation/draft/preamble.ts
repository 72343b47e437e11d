/**
 * The leading message of every draft: protocol, canary and the summaries of all sections.
 * Byte-stable for one bundle and one protocol, so that the provider's prefix cache hits. The cache here holds settled text only.
 */
import { LRUCache } from 'lru-cache'
import { renderSummaries } from '../../policy/render.ts'
import type { Bundle, Protocol } from '../../policy/section.ts'
import { fingerprint } from '../../text/fingerprint.ts'
import { fillText } from '../protocol-texts.ts'

export type Preamble = {
  readonly text: string
  /** A string that exists nowhere else; where it turns up, the prompt has leaked. */
  readonly canary: string
}

export type Preambles = (bundle: Bundle, protocol: Protocol) => Preamble

/** Bundles and candidates that serve at the same time are few. */
const MAX_PREAMBLES = 32

export function createPreambles(): Preambles {
  const cache = new LRUCache<string, Preamble>({ max: MAX_PREAMBLES })
  return (bundle, protocol) => {
    const key = `${bundle.digest}:${protocol.digest}`
    const known = cache.get(key)
    if (known) return known
    const canary = canaryOf(bundle.digest, protocol.digest)
    const text = fillText(protocol, 'preamble', { canary, summaries: renderSummaries(bundle) })
    const preamble = { text, canary }
    cache.set(key, preamble)
    return preamble
  }
}

/** Derived rather than random: instances must agree on the preamble's bytes. */
export function canaryOf(policy: string, protocol: string): string {
  const key = `${policy}:${protocol}`
  return [1, 2].map((seed) => fingerprint(key, seed).toString(16).padStart(14, '0')).join('')
}
