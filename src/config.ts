/**
 * The environment as one schema: variables in, a frozen configuration or every problem at once out. No I/O.
 * The only place where the names of variables occur. A problem names its variable, what it got and what it wants; it must
 * never echo a secret, so values that may hold one are shown as hidden.
 */
import { z } from 'zod'
import { fail, type Result, succeed } from './lib/result.ts'

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

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|\[::1\]|localhost)$/

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

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

const baseAddress = webAddress()
  .refine((address) => !/[?#]/.test(address), {
    error: 'a URL without a query: paths are added to it',
  })
  .transform((address) => address.replace(/\/+$/, ''))

const wholeNumber = (least: number, most: number) => {
  const wants = `a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,12}$/, { error: wants })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error: wants })
}

const publicKey = z
  .looseObject({ kty: z.enum(['EC', 'RSA', 'OKP']) })
  .refine((key) => PRIVATE_MEMBERS.every((member) => !(member in key)))

const keySet = z.string().transform((json, context) => {
  const parsed = z.looseObject({ keys: z.array(publicKey).min(1) }).safeParse(parseOrNull(json))
  if (parsed.success) return { keys: parsed.data.keys }
  context.addIssue({ code: 'custom', message: 'a JSON Web Key Set of public keys, as JSON' })
  return z.NEVER
})

const databaseAddress = z
  .string()
  .refine((address) => /^postgres(?:ql)?:$/.test(URL.parse(address)?.protocol ?? ''), {
    error: 'a postgres:// URL',
  })

/** Part of the contract but not of this version: set, it would promise what is not kept. */
const notYet = (what: string) =>
  z.never({ error: `unset, because ${what} not supported by this version` }).optional()

const schema = z.object({
  HOST: text('an address to listen on').default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(8787),
  UPSTREAM_BASE_URL: baseAddress.optional(),
  UPSTREAM_API_KEY: key().optional(),
  UPSTREAM_REASONING: choice(['auto', 'native', 'tagged', 'two-pass']).default('auto'),
  UPSTREAM_INSTRUCTIONS: choice([
    'auto',
    'trailing-system',
    'trailing-user',
    'leading-merged',
  ]).default('auto'),
  UPSTREAM_FAMILY: text('the name of a model family').optional(),
  UPSTREAM_LICENSE: text('the name of a license').optional(),
  UPSTREAM_TRAINING_RIGHTS: choice(['none', 'internal', 'open']).default('none'),
  JUDGE_BASE_URL: baseAddress.optional(),
  JUDGE_API_KEY: key().optional(),
  JUDGE_MODEL: text('a model id').optional(),
  JUDGE_FAMILY: text('the name of a model family').optional(),
  POLICY: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, { error: 'a policy id in lower-case letters, digits, -' })
    .default('default'),
  DATA_DIR: text('a folder').default('.chambers'),
  DATABASE_URL: databaseAddress.optional(),
  AUTH: choice(['keys', 'jwt', 'keys,jwt', 'jwt,keys', 'off']).default('keys'),
  JWKS_URL: webAddress().optional(),
  JWT_ISSUER: text('the issuer of the tokens').optional(),
  JWT_AUDIENCE: text('the audience of the tokens').optional(),
  ADMIN_JWKS_URL: webAddress().optional(),
  ADMIN_JWKS: keySet.optional(),
  ADMIN_ISSUER: text('the issuer of the tokens').optional(),
  ADMIN_AUDIENCE: text('the audience of the tokens').optional(),
  DEADLINE_MS: wholeNumber(100, 3_600_000).default(120_000),
  OTEL_EXPORTER_OTLP_ENDPOINT: baseAddress.optional(),
  OTEL_SERVICE_NAME: text('a service name').default('chambers'),
  TRANSCRIPT_KEY: notYet('sealed transcripts are'),
  POLICY_SIGNERS: notYet('signed revisions are'),
  REASONING_KEYS: notYet('reasoning carried by clients is'),
})

type Variables = z.infer<typeof schema>

export type TrainingRights = 'none' | 'internal' | 'open'

/** Where tokens are verified: the keys, fetched or given, and the two claims that must match. */
export type TokenSettings = {
  readonly keys: { readonly url: string } | { readonly set: { readonly keys: readonly object[] } }
  readonly issuer: string
  readonly audience: string
}

export type Config = {
  readonly host: string
  readonly port: number
  /** True when only this machine can reach the gateway. */
  readonly loopback: boolean
  readonly upstream: {
    /** Null: the embedded stand-in answers. */
    readonly baseUrl: string | null
    readonly apiKey: string | null
    readonly reasoning: 'auto' | 'native' | 'tagged' | 'two-pass'
    readonly instructions: 'auto' | 'trailing-system' | 'trailing-user' | 'leading-merged'
    readonly family: string | null
    readonly license: string | null
    readonly trainingRights: TrainingRights
  }
  readonly judge: {
    /** Null: the upstream's. */
    readonly baseUrl: string | null
    /** Never the upstream's key for another server. */
    readonly apiKey: string | null
    /** Null: the request's model. */
    readonly model: string | null
    readonly family: string | null
  }
  readonly policy: string
  readonly dataDir: string
  readonly databaseUrl: string | null
  readonly auth: {
    readonly keys: boolean
    readonly off: boolean
    readonly jwt: TokenSettings | null
  }
  /** Null: no admin tokens are configured from outside. */
  readonly admin: TokenSettings | null
  readonly deadlineMs: number
  readonly telemetry: { readonly endpoint: string | null; readonly serviceName: string }
}

export type ReadConfig = {
  readonly config: Config
  /** Sentences for the log at start-up. */
  readonly warnings: readonly string[]
}

/** Reads the environment; `edge` has no address of its own to listen on, so nothing there is loopback. */
export function readConfig(
  environment: Environment,
  platform: 'node' | 'edge',
): Result<ReadConfig, readonly string[]> {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = schema.safeParse(present)
  if (!parsed.success) {
    return fail(
      parsed.error.issues.map(({ path, message }) => {
        const name = String(path[0])
        return problem(name, present[name], message)
      }),
    )
  }
  const variables = parsed.data
  const loopback = platform === 'node' && LOOPBACK.test(variables.HOST)
  const problems = [...authProblems(variables, loopback), ...adminProblems(variables)]
  if (problems.length > 0) return fail(problems)
  const config = freeze(toConfig(variables, loopback))
  return succeed({ config, warnings: warningsOf(config) })
}

function problem(name: string, got: string | undefined, wants: string): string {
  const shown =
    got === undefined
      ? 'nothing'
      : HIDDEN.has(name) || /[/@].*@|[?#]/.test(got)
        ? 'a value (hidden)'
        : JSON.stringify(got)
  return `${name}: got ${shown}, wants ${wants}`
}

function authProblems(variables: Variables, loopback: boolean): readonly string[] {
  if (variables.AUTH === 'off' && !loopback) {
    return [
      problem('AUTH', 'off', `keys or jwt, because off is refused on any address but loopback`),
    ]
  }
  if (!variables.AUTH.includes('jwt')) return []
  return missing(variables, ['JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'], `AUTH=${variables.AUTH}`)
}

function adminProblems(variables: Variables): readonly string[] {
  const { ADMIN_JWKS, ADMIN_JWKS_URL, ADMIN_ISSUER, ADMIN_AUDIENCE } = variables
  if (ADMIN_JWKS && ADMIN_JWKS_URL) {
    return [problem('ADMIN_JWKS', 'both', 'to be unset where ADMIN_JWKS_URL is set')]
  }
  if (ADMIN_JWKS || ADMIN_JWKS_URL) {
    return missing(variables, ['ADMIN_ISSUER', 'ADMIN_AUDIENCE'], 'an admin key set')
  }
  if (ADMIN_ISSUER || ADMIN_AUDIENCE) {
    return [problem('ADMIN_JWKS_URL', undefined, 'a key set, because admin claims are configured')]
  }
  return []
}

function missing(
  variables: Variables,
  names: readonly (keyof Variables)[],
  because: string,
): readonly string[] {
  return names
    .filter((name) => variables[name] === undefined)
    .map((name) => problem(name, undefined, `a value, because ${because} asks for it`))
}

function toConfig(variables: Variables, loopback: boolean): Config {
  const ownJudge = variables.JUDGE_BASE_URL !== undefined
  const sameModel = !ownJudge && variables.JUDGE_MODEL === undefined
  return {
    host: variables.HOST,
    port: variables.PORT,
    loopback,
    upstream: {
      baseUrl: variables.UPSTREAM_BASE_URL ?? null,
      apiKey: variables.UPSTREAM_API_KEY ?? null,
      reasoning: variables.UPSTREAM_REASONING,
      instructions: variables.UPSTREAM_INSTRUCTIONS,
      family: variables.UPSTREAM_FAMILY ?? null,
      license: variables.UPSTREAM_LICENSE ?? null,
      trainingRights: variables.UPSTREAM_TRAINING_RIGHTS,
    },
    judge: {
      baseUrl: variables.JUDGE_BASE_URL ?? null,
      apiKey: variables.JUDGE_API_KEY ?? (ownJudge ? null : (variables.UPSTREAM_API_KEY ?? null)),
      model: variables.JUDGE_MODEL ?? null,
      family: variables.JUDGE_FAMILY ?? (sameModel ? (variables.UPSTREAM_FAMILY ?? null) : null),
    },
    policy: variables.POLICY,
    dataDir: variables.DATA_DIR,
    databaseUrl: variables.DATABASE_URL ?? null,
    auth: {
      keys: variables.AUTH.includes('keys'),
      off: variables.AUTH === 'off',
      jwt: variables.AUTH.includes('jwt')
        ? tokenSettings(
            { url: variables.JWKS_URL ?? '' },
            variables.JWT_ISSUER,
            variables.JWT_AUDIENCE,
          )
        : null,
    },
    admin: adminSettings(variables),
    deadlineMs: variables.DEADLINE_MS,
    telemetry: {
      endpoint: variables.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
      serviceName: variables.OTEL_SERVICE_NAME,
    },
  }
}

function adminSettings(variables: Variables): TokenSettings | null {
  const { ADMIN_JWKS: set, ADMIN_JWKS_URL: url, ADMIN_ISSUER, ADMIN_AUDIENCE } = variables
  if (set) return tokenSettings({ set }, ADMIN_ISSUER, ADMIN_AUDIENCE)
  return url ? tokenSettings({ url }, ADMIN_ISSUER, ADMIN_AUDIENCE) : null
}

function tokenSettings(keys: TokenSettings['keys'], issuer = '', audience = ''): TokenSettings {
  return { keys, issuer, audience }
}

function warningsOf(config: Config): readonly string[] {
  const { upstream, judge } = config
  const warnings: string[] = []
  if (upstream.baseUrl === null && judge.baseUrl === null) {
    warnings.push(
      'UPSTREAM_BASE_URL is unset: the embedded stand-in answers; it is a small script, not a language model',
    )
  } else if (judge.baseUrl === null && judge.model === null) {
    warnings.push(
      'JUDGE_MODEL is unset: every draft is judged by the model that wrote it; a judge of another family is better',
    )
  } else if (judge.family !== null && judge.family === upstream.family) {
    warnings.push(
      `JUDGE_FAMILY equals UPSTREAM_FAMILY (${judge.family}): a judge of another family is better`,
    )
  }
  return warnings
}

function freeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) freeze(member)
  }
  return Object.freeze(value)
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
