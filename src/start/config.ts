/**
 * The configuration: checked variables in, a frozen configuration or every problem at once out. No I/O.
 * What one variable means for another is checked here; each one alone in `variables.ts`.
 */

import type { TokenSettings } from '../access/tokens.ts'
import type { PlacementSetting } from '../deliberation/draft/draft.ts'
import type { StrategySetting } from '../deliberation/draft/strategy.ts'
import { isLoopback } from '../lib/loopback.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { DAY_MS } from '../lib/time-spans.ts'
import type { UpstreamApi } from '../model/dialect.ts'
import type { StateKey } from '../state/seal.ts'
import type { StateTimes } from '../state/turn-states.ts'
import type { TranscriptKey } from '../transcript/seal/transcript-key.ts'
import { type Environment, problem, readVariables, type Variables } from './variables.ts'

/** Models think for so long without a word. */
const LEAST_SILENCE_MS = 60_000

export type TrainingRights = 'none' | 'internal' | 'open'

/** How long a model server may say nothing, to a relay, a draft or a review, in milliseconds. */
export type Silence = {
  /** From the request sent to the first byte beyond comments. */
  readonly firstTokenMs: number
  /** Between two pieces of what it says. */
  readonly idleMs: number
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
    /** The contract that the server speaks; `auto`: found out. */
    readonly api: 'auto' | UpstreamApi
    readonly reasoning: StrategySetting
    readonly instructions: PlacementSetting
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
    /** Of one review, in milliseconds; null: as each policy says. */
    readonly timeoutMs: number | null
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
  /** Whose signatures policies are trusted by; null: a key of a first start on loopback. */
  readonly signers: TokenSettings['keys'] | null
  /** What this deployment is called: policies are signed for it by that name; null: it takes those that name none. */
  readonly policyAudience: string | null
  /** The data team's public key, for which the content of transcripts is sealed; null: it is kept in the clear. */
  readonly transcriptKey: TranscriptKey | null
  /** What the state of conversations is sealed with, the newest first; null: with a key that all instances of the database share. */
  readonly reasoningKeys: readonly StateKey[] | null
  readonly stateTimes: StateTimes
  /** Of a request that is deliberated; what is relayed has none. */
  readonly deadlineMs: number
  readonly silence: Silence
  /** So many model calls for shadows and candidates run at once in a process. */
  readonly shadowConcurrency: number
  /** Pages that may ask, by origin; `*` is every page. */
  readonly corsOrigins: readonly string[]
  /** Where the proxy before the gateway says from where a request comes, in lower case; null: where the connection comes from. */
  readonly clientAddressHeader: string | null
  /** Of all requests that are read, together; null: by the memory there is. */
  readonly bytesInFlight: number | null
  /** Headers of the client's that go on to the model server, in lower case. */
  readonly forwardHeaders: readonly string[]
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
  const read = readVariables(environment)
  if (!read.ok) return read
  const variables = read.value
  const loopback = platform === 'node' && isLoopback(variables.HOST)
  const problems = [
    ...authProblems(variables, loopback),
    ...adminProblems(variables),
    ...signerProblems(variables, loopback),
  ]
  if (problems.length > 0) return fail(problems)
  const config = freeze(toConfig(variables, loopback))
  return succeed({ config, warnings: warningsOf(config) })
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

function signerProblems(variables: Variables, loopback: boolean): readonly string[] {
  if (loopback || variables.POLICY_SIGNERS) return []
  const wants = 'the keys that may sign policies, because others than this machine can reach it'
  return [problem('POLICY_SIGNERS', undefined, wants)]
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
      api: variables.UPSTREAM_API,
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
      timeoutMs: variables.JUDGE_TIMEOUT_MS ?? null,
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
    signers: variables.POLICY_SIGNERS ?? null,
    policyAudience: variables.POLICY_AUDIENCE ?? null,
    transcriptKey: variables.TRANSCRIPT_KEY ?? null,
    reasoningKeys: variables.REASONING_KEYS ?? null,
    stateTimes: stateTimesOf(variables),
    deadlineMs: variables.DEADLINE_MS,
    silence: silenceOf(variables),
    shadowConcurrency: variables.SHADOW_CONCURRENCY,
    corsOrigins: variables.CORS_ORIGINS,
    clientAddressHeader: variables.CLIENT_ADDRESS_HEADER ?? null,
    bytesInFlight: variables.MAX_BYTES_IN_FLIGHT ?? null,
    forwardHeaders: variables.FORWARD_HEADERS,
    telemetry: {
      endpoint: variables.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
      serviceName: variables.OTEL_SERVICE_NAME,
    },
  }
}

/** A loop of tools goes on within the day; what a client names by an id it may come back to for as long as elsewhere. */
function stateTimesOf({ STATE_TTL }: Variables): StateTimes {
  return { turnMs: STATE_TTL ?? DAY_MS, responseMs: STATE_TTL ?? 30 * DAY_MS }
}

/** Whoever gives a request longer than a minute means its model to have it. */
function silenceOf({ DEADLINE_MS, FIRST_TOKEN_MS, IDLE_MS }: Variables): Silence {
  const patience = Math.max(DEADLINE_MS, LEAST_SILENCE_MS)
  return { firstTokenMs: FIRST_TOKEN_MS ?? patience, idleMs: IDLE_MS ?? patience }
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
  if (config.auth.off && config.corsOrigins.includes('*')) {
    warnings.push(
      'CORS_ORIGINS is * and AUTH is off: every page that a browser on this machine opens may ask at your cost',
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
