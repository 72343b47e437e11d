/** Keys as variables hold them: sets of public ones, the one that transcripts are sealed to, those that state is sealed with. Pure. */
import * as z from 'zod'
import { parseJson } from '../lib/json.ts'
import { STATE_KEY_BYTES, type StateKey } from '../state/seal.ts'
import { transcriptKeySchema } from '../transcript/seal/transcript-key.ts'

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

export const publicKey = z
  .looseObject({ kty: z.enum(['EC', 'RSA', 'OKP']) })
  .refine((key) => PRIVATE_MEMBERS.every((member) => !(member in key)))

/** Of two keys under one name nobody can tell which one is meant. */
export const NAMED_TWICE = 'each kid once'

export function hasNamesTwice(keys: readonly Readonly<Record<string, unknown>>[]): boolean {
  const names = keys.map(({ kid }) => kid).filter((kid) => kid !== undefined)
  return new Set(names).size < names.length
}

export const keySet = z.string().transform((json, context) => {
  const parsed = z.looseObject({ keys: z.array(publicKey).min(1) }).safeParse(parseOrNull(json))
  if (parsed.success) {
    if (hasNamesTwice(parsed.data.keys)) context.addIssue({ code: 'custom', message: NAMED_TWICE })
    return { keys: parsed.data.keys }
  }
  context.addIssue({ code: 'custom', message: 'a JSON Web Key Set of public keys, as JSON' })
  return z.NEVER
})

/** A private member would let the gateway read what it is to seal. */
export const sealingKey = z.string().transform((json, context) => {
  const parsed = transcriptKeySchema.safeParse(parseOrNull(json))
  if (parsed.success) return parsed.data
  const message = 'one public JSON Web Key (EC P-256 or OKP X25519) without its private part'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** As JSON (`{"keys": [{"kty": "oct", "kid": …, "k": …}]}`), or `kid:key` with commas between them; the newest first. */
export const symmetricKeys = z.string().transform((text, context) => {
  const given = text.trimStart().startsWith('{') ? keysOfSet(text) : keysOfList(text)
  const keys = given.filter(isStateKey)
  const isWhole = keys.length > 0 && keys.length === given.length
  if (isWhole && !hasNamesTwice(keys)) return keys
  const message = isWhole
    ? NAMED_TWICE
    : `kid:key with commas between them, or a JSON Web Key Set of oct keys with a kid each: keys of ${STATE_KEY_BYTES} bytes in base64`
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

const symmetricSet = z.looseObject({
  keys: z.array(z.looseObject({ kty: z.literal('oct'), kid: z.string(), k: z.string() })),
})

function keysOfSet(json: string): readonly StateKey[] {
  const parsed = symmetricSet.safeParse(parseOrNull(json))
  return parsed.success ? parsed.data.keys.map(({ kid, k }) => ({ kid, k: inBase64Url(k) })) : []
}

function keysOfList(text: string): readonly StateKey[] {
  return text.split(',').map((item) => {
    const [kid = '', k = '', ...rest] = item.trim().split(':')
    return { kid, k: rest.length === 0 ? inBase64Url(k) : '' }
  })
}

function inBase64Url(base64: string): string {
  return base64
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '')
}

function isStateKey({ kid, k }: StateKey): boolean {
  const length = Math.ceil((STATE_KEY_BYTES * 8) / 6)
  return /^[\w.-]{1,64}$/.test(kid) && /^[\w-]+$/.test(k) && k.length === length
}

/** Of two values under one name nobody can tell which one is meant. */
export function parseOrNull(json: string): unknown {
  const parsed = parseJson(json, { unique: true })
  return parsed.ok ? parsed.value : null
}
