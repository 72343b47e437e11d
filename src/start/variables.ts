/**
 * The environment's variables as one schema, each checked alone. No I/O.
 * With `config.ts`, which checks what they say together, and `key-sets.ts`, which tries keys, the only place where the names of
 * variables occur. A problem names
 * its variable, what it got and what it wants; it must never echo a secret, so values that may hold one are shown as hidden.
 */
import * as z from 'zod'
import { STRATEGIES } from '../conversation/outcome.ts'
import { PLACEMENTS } from '../deliberation/terms.ts'
import { isLoopback } from '../lib/loopback.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../lib/time-spans.ts'
import { UPSTREAM_APIS } from '../model/dialect.ts'
import { isForwardable } from '../model/forwarded-headers.ts'
import { AUDIENCE } from '../revisions/revision.ts'
import {
  hasNamesTwice,
  keySet,
  NAMED_TWICE,
  parseOrNull,
  publicKey,
  sealingKey,
  symmetricKeys,
} from './key-variables.ts'

/** The environment, or the plain-text bindings of a worker. */
export type Environment = { readonly [name: string]: string | undefined }

const HIDDEN = new Set([
  'UPSTREAM_API_KEY',
  'JUDGE_API_KEY',
  'DATABASE_URL',
  'ADMIN_JWKS',
  'TRANSCRIPT_KEY',
  'POLICY_SIGNERS',
  'REASONING_KEYS',
])

const text = (wants: string) => z.string().min(1, { error: wants })

/** What a header can carry: a line break at the end, as files have it, would fail every call instead of the start. */
const key = () => z.string().regex(/^[\x21-\x7e]+$/, { error: 'a key of visible ASCII characters' })

const choice = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: `one of ${words.join(', ')}` })

const webAddress = () =>
  z.string().refine(
    (address) => {
      const url = URL.parse(address)
      return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password
    },
    { error: 'an http or https URL without credentials in it' },
  )

const SAFE_KEYS = 'an https URL, or http on this machine alone: on the way keys could be replaced'

/** Whoever answers in place of a key set decides who is an admin, or whose policies serve. */
const isSafeForKeys = (address: string) => {
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || isLoopback(hostname)
}

const keySetAddress = () => webAddress().refine(isSafeForKeys, { error: SAFE_KEYS })

const baseAddress = webAddress()
  .refine((address) => !/[?#]/.test(address), {
    error: 'a URL without a query: paths are added to it',
  })
  .transform((address) => address.replace(/(?<!\/)\/+$/, ''))

const wholeNumber = (least: number, most: number) => {
  const wants = `a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,12}$/, { error: wants })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error: wants })
}

/** The keys of people, who are told apart by name; or where these are published. */
const signerKeys = z.string().transform((text, context) => {
  if (webAddress().safeParse(text).success) {
    if (!isSafeForKeys(text)) context.addIssue({ code: 'custom', message: SAFE_KEYS })
    return { url: text }
  }
  const named = publicKey.refine((key) => typeof key.kid === 'string' && key.kid !== '')
  const parsed = z.looseObject({ keys: z.array(named).min(1) }).safeParse(parseOrNull(text))
  if (parsed.success) {
    if (hasNamesTwice(parsed.data.keys)) context.addIssue({ code: 'custom', message: NAMED_TWICE })
    return { set: { keys: parsed.data.keys } }
  }
  const message =
    'a JSON Web Key Set of public keys with a kid each, as JSON, or an http or https URL of one'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

const UNIT_MS = { s: 1_000, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS } as const
const LONGEST_TTL_DAYS = 400
const TTL = `0, or a whole number with s, m, h or d, as 24h or 30d, of ${LONGEST_TTL_DAYS}d at most`

/** In milliseconds. */
const span = z
  .string()
  .regex(/^(?:0|\d{1,8}[smhd])$/, { error: TTL })
  .transform((text) => {
    const unit = text.at(-1) as keyof typeof UNIT_MS
    return text === '0' ? 0 : Number(text.slice(0, -1)) * UNIT_MS[unit]
  })
  .refine((ms) => ms <= LONGEST_TTL_DAYS * DAY_MS, { error: TTL })

const databaseAddress = z
  .string()
  .refine((address) => /^postgres(?:ql)?:$/.test(URL.parse(address)?.protocol ?? ''), {
    error: 'a postgres:// URL',
  })

/** The items of a list with commas between them, each once. */
const listOf = (isItem: (item: string) => boolean, wants: string) =>
  z
    .string()
    .transform((text) => [...new Set(text.split(',').map((item) => item.trim()))])
    .refine((items) => items.every(isItem), { error: wants })

/** As a browser sends it: a scheme, a host, a port where it is not the scheme's own; extensions and apps have schemes of theirs. */
function isOrigin(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@*\s]+$/.test(text)) return false
  return !/^https?:/.test(text) || URL.parse(text)?.origin === text
}

const origins = listOf(
  (item) => item === '*' || isOrigin(item),
  'origins such as https://app.example, with commas between them and without a path, or *',
)

const forwarded = z
  .string()
  .toLowerCase()
  .pipe(
    listOf(
      isForwardable,
      'names of headers with commas between them, none of which carries credentials, frames a message or is x-chambers-…',
    ),
  )

/** Every variable with its form and its default. */
const schema = z.object({
  HOST: text('an address to listen on').default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(8787),
  UPSTREAM_BASE_URL: baseAddress.optional(),
  UPSTREAM_API_KEY: key().optional(),
  UPSTREAM_API: choice(['auto', ...UPSTREAM_APIS]).default('auto'),
  UPSTREAM_REASONING: choice(['auto', ...STRATEGIES]).default('auto'),
  UPSTREAM_INSTRUCTIONS: choice(['auto', ...PLACEMENTS]).default('auto'),
  UPSTREAM_FAMILY: text('the name of a model family').optional(),
  UPSTREAM_LICENSE: text('the name of a license').optional(),
  UPSTREAM_TRAINING_RIGHTS: choice(['none', 'internal', 'open']).default('none'),
  JUDGE_BASE_URL: baseAddress.optional(),
  JUDGE_API_KEY: key().optional(),
  JUDGE_MODEL: text('a model id').optional(),
  JUDGE_FAMILY: text('the name of a model family').optional(),
  JUDGE_TIMEOUT_MS: wholeNumber(100, 3_600_000).optional(),
  POLICY: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, { error: 'a policy id in lower-case letters, digits, -' })
    .default('default'),
  DATA_DIR: text('a folder').default('.chambers'),
  DATABASE_URL: databaseAddress.optional(),
  AUTH: choice(['keys', 'jwt', 'keys,jwt', 'jwt,keys', 'off']).default('keys'),
  JWKS_URL: keySetAddress().optional(),
  JWT_ISSUER: text('the issuer of the tokens').optional(),
  JWT_AUDIENCE: text('the audience of the tokens').optional(),
  ADMIN_JWKS_URL: keySetAddress().optional(),
  ADMIN_JWKS: keySet.optional(),
  ADMIN_ISSUER: text('the issuer of the tokens').optional(),
  ADMIN_AUDIENCE: text('the audience of the tokens').optional(),
  POLICY_SIGNERS: signerKeys.optional(),
  POLICY_AUDIENCE: z
    .string()
    .regex(AUDIENCE, { error: 'the name of this deployment, of 1 to 200 visible characters' })
    .optional(),
  CORS_ORIGINS: origins.default([]),
  FORWARD_HEADERS: forwarded.default([]),
  CLIENT_ADDRESS_HEADER: z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9-]{1,64}$/, { error: 'the name of a header' })
    .optional(),
  MAX_BYTES_IN_FLIGHT: wholeNumber(1_000_000, 999_999_999_999).optional(),
  DEADLINE_MS: wholeNumber(100, 3_600_000).default(120_000),
  FIRST_TOKEN_MS: wholeNumber(100, 3_600_000).optional(),
  IDLE_MS: wholeNumber(100, 3_600_000).optional(),
  SHADOW_CONCURRENCY: wholeNumber(1, 1_000).default(4),
  OTEL_EXPORTER_OTLP_ENDPOINT: baseAddress.optional(),
  OTEL_SERVICE_NAME: text('a service name').default('chambers'),
  TRANSCRIPT_KEY: sealingKey.optional(),
  REASONING_KEYS: symmetricKeys.optional(),
  STATE_TTL: span.optional(),
})

export type Variables = z.infer<typeof schema>

/** The variables in their types, or every problem at once; an empty value counts as unset. */
export function readVariables(environment: Environment): Result<Variables, readonly string[]> {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = schema.safeParse(present)
  if (parsed.success) return succeed(parsed.data)
  return fail(
    parsed.error.issues.map(({ path, message }) => {
      const name = String(path[0])
      return problem(name, present[name], message)
    }),
  )
}

/** One sentence for the operator: the variable, what it got, what it wants. */
export function problem(name: string, got: string | undefined, wants: string): string {
  const shown =
    got === undefined ? 'nothing' : isHidden(name, got) ? 'a value (hidden)' : JSON.stringify(got)
  return `${name}: got ${shown}, wants ${wants}`
}

/** An address without credentials or a query is no secret, though keys in its place might be. */
function isHidden(name: string, got: string): boolean {
  const first = got.search(/[/@]/)
  if (/[?#]/.test(got) || (first >= 0 && got.includes('@', first + 1))) return true
  return HIDDEN.has(name) && !(name === 'POLICY_SIGNERS' && /^https?:\/\/\S+$/i.test(got))
}
