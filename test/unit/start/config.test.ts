import { describe, expect, it } from 'vitest'
import { readConfig } from '../../../src/start/config.ts'

const problemsOf = (environment: Record<string, string>, platform: 'node' | 'edge' = 'node') => {
  const read = readConfig(environment, platform)
  return read.ok ? [] : read.failure
}

const signerKey = { kty: 'OKP', crv: 'Ed25519', x: 'a', kid: 'ann' }
const POLICY_SIGNERS = JSON.stringify({ keys: [signerKey] })

const configOf = (environment: Record<string, string>, platform: 'node' | 'edge' = 'node') => {
  const read = readConfig(environment, platform)
  if (!read.ok) throw new Error(read.failure.join('\n'))
  return read.value
}

describe('an empty environment', () => {
  it('serves on loopback with keys, the default policy and the stand-in', () => {
    const { config, warnings } = configOf({})
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8787,
      loopback: true,
      policy: 'default',
      dataDir: '.chambers',
      databaseUrl: null,
      deadlineMs: 120_000,
      auth: { keys: true, off: false, jwt: null },
      admin: null,
      signers: null,
      upstream: { baseUrl: null, reasoning: 'auto', instructions: 'auto', trainingRights: 'none' },
      telemetry: { endpoint: null, serviceName: 'chambers' },
    })
    expect(warnings).toEqual([
      'UPSTREAM_BASE_URL is unset: the embedded stand-in answers; it is a small script, not a language model',
    ])
  })

  it('gives a configuration that nothing can change', () => {
    const { config } = configOf({})
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.upstream)).toBe(true)
  })

  it('treats an empty variable as unset', () => {
    expect(configOf({ PORT: '', UPSTREAM_BASE_URL: '' }).config.port).toBe(8787)
  })
})

describe('the silence of a model server', () => {
  it.each([
    [{ DEADLINE_MS: '2000' }, 60_000, 60_000],
    [{ DEADLINE_MS: '600000' }, 600_000, 600_000],
    [{ DEADLINE_MS: '600000', FIRST_TOKEN_MS: '500', IDLE_MS: '700' }, 500, 700],
    [{ DEADLINE_MS: '2000', FIRST_TOKEN_MS: '900000' }, 900_000, 60_000],
  ])('may last, with %j, %i ms at first and %i ms later', (environment, firstTokenMs, idleMs) => {
    expect(configOf(environment).config.silence).toEqual({ firstTokenMs, idleMs })
  })
})

describe('a bad value', () => {
  it.each([
    ['PORT', 'eighty', 'PORT: got "eighty", wants a whole number from 0 to 65535'],
    ['PORT', '70000', 'PORT: got "70000", wants a whole number from 0 to 65535'],
    ['DEADLINE_MS', '5', 'DEADLINE_MS: got "5", wants a whole number from 100 to 3600000'],
    ['IDLE_MS', '0', 'IDLE_MS: got "0", wants a whole number from 100 to 3600000'],
    [
      'UPSTREAM_BASE_URL',
      'models.example',
      'UPSTREAM_BASE_URL: got "models.example", wants an http or https URL without credentials in it',
    ],
    [
      'UPSTREAM_REASONING',
      'hard',
      'UPSTREAM_REASONING: got "hard", wants one of auto, native, tagged, two-pass',
    ],
    [
      'UPSTREAM_INSTRUCTIONS',
      'first',
      'UPSTREAM_INSTRUCTIONS: got "first", wants one of auto, trailing-system, trailing-user, leading-merged, leading-user',
    ],
    [
      'UPSTREAM_TRAINING_RIGHTS',
      'all',
      'UPSTREAM_TRAINING_RIGHTS: got "all", wants one of none, internal, open',
    ],
    [
      'POLICY',
      'My Policy',
      'POLICY: got "My Policy", wants a policy id in lower-case letters, digits, -',
    ],
    ['AUTH', 'none', 'AUTH: got "none", wants one of keys, jwt, keys,jwt, jwt,keys, off'],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'collector',
      'OTEL_EXPORTER_OTLP_ENDPOINT: got "collector", wants an http or https URL without credentials in it',
    ],
  ])('of %s (%s) is named, shown and explained', (name, value, message) => {
    expect(problemsOf({ [name]: value })).toEqual([message])
  })

  it('is reported together with every other one', () => {
    expect(problemsOf({ PORT: 'x', DEADLINE_MS: 'y' })).toHaveLength(2)
  })
})

const PUBLIC = { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) }

describe('CORS_ORIGINS', () => {
  it('lists origins, each once', () => {
    const CORS_ORIGINS =
      'https://app.example, http://localhost:3000,app://notes,https://app.example'
    expect(configOf({ CORS_ORIGINS }).config.corsOrigins).toEqual([
      'https://app.example',
      'http://localhost:3000',
      'app://notes',
    ])
  })

  it.each([
    'app.example',
    'https://app.example/',
    'https://app.example/path',
    'https://*.example',
    'https://app.example:443',
    'HTTPS://APP.example',
    'app:example',
    'null',
    'https://app.example,',
  ])('is refused as %s', (CORS_ORIGINS) => {
    expect(problemsOf({ CORS_ORIGINS })).toEqual([
      `CORS_ORIGINS: got "${CORS_ORIGINS}", wants origins such as https://app.example, with commas between them and without a path, or *`,
    ])
  })

  it('is warned of where every page may ask and nobody needs a key', () => {
    const { warnings } = configOf({ CORS_ORIGINS: '*', AUTH: 'off' })
    expect(warnings).toContain(
      'CORS_ORIGINS is * and AUTH is off: every page that a browser on this machine opens may ask at your cost',
    )
  })
})

describe('FORWARD_HEADERS', () => {
  it('lists names of headers, each once, in lower case', () => {
    const FORWARD_HEADERS = 'OpenAI-Beta, x-trace-id,openai-beta'
    expect(configOf({ FORWARD_HEADERS }).config.forwardHeaders).toEqual([
      'openai-beta',
      'x-trace-id',
    ])
  })

  it.each([
    'Authorization',
    'cookie',
    'Host',
    'x-api-key',
    'connection',
    'Transfer-Encoding',
    'content-length',
    'proxy-authorization',
    'X-Chambers-Policy',
    'x-trace,Authorization',
    'x trace',
    'x-trace,',
    '*',
  ])('is refused as %s', (value) => {
    expect(problemsOf({ FORWARD_HEADERS: value })).toEqual([
      `FORWARD_HEADERS: got "${value}", wants names of headers with commas between them, none of which carries credentials, frames a message or is x-chambers-…`,
    ])
  })
})

describe('TRANSCRIPT_KEY', () => {
  it('is read without what a key set says besides', () => {
    const named = JSON.stringify({ ...PUBLIC, kid: 'data team', alg: 'ECDH-ES', use: 'enc' })
    expect(configOf({ TRANSCRIPT_KEY: named }).config.transcriptKey).toEqual(PUBLIC)
  })
})

describe('a secret', () => {
  it.each([
    ['DATABASE_URL', 'mysql://gate:hunter2@db/x', 'a postgres:// URL'],
    [
      'UPSTREAM_BASE_URL',
      'https://gate:hunter2@models.example/v1',
      'an http or https URL without credentials in it',
    ],
    ['UPSTREAM_API_KEY', 'hunter2\n', 'a key of visible ASCII characters'],
    ['JUDGE_API_KEY', 'hünter2', 'a key of visible ASCII characters'],
    [
      'JUDGE_BASE_URL',
      'https://models.example/v1?key=hunter2',
      'a URL without a query: paths are added to it',
    ],
    [
      'ADMIN_JWKS',
      '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"a","d":"hunter2"}]}',
      'a JSON Web Key Set of public keys, as JSON',
    ],
    [
      'TRANSCRIPT_KEY',
      JSON.stringify({ ...PUBLIC, d: 'hunter2' }),
      'one public JSON Web Key (EC P-256 or OKP X25519) without its private part',
    ],
    [
      'TRANSCRIPT_KEY',
      JSON.stringify({ ...PUBLIC, crv: 'Ed25519' }),
      'one public JSON Web Key (EC P-256 or OKP X25519) without its private part',
    ],
    [
      'TRANSCRIPT_KEY',
      JSON.stringify({ keys: [PUBLIC] }),
      'one public JSON Web Key (EC P-256 or OKP X25519) without its private part',
    ],
  ])('in %s is never echoed', (name, value, wants) => {
    expect(problemsOf({ [name]: value })).toEqual([`${name}: got a value (hidden), wants ${wants}`])
  })
})

describe('REASONING_KEYS', () => {
  const [ONE, TWO] = ['A', 'B'].map((letter) => letter.repeat(43)) as [string, string]
  const WANTS =
    'REASONING_KEYS: got a value (hidden), wants kid:key with commas between them, or a JSON Web Key Set of oct keys with a kid each: keys of 32 bytes in base64'

  it('is a list of named keys, the newest first', () => {
    const { reasoningKeys } = configOf({ REASONING_KEYS: `new:${ONE}=, old:${TWO}` }).config
    expect(reasoningKeys).toEqual([
      { kid: 'new', k: ONE },
      { kid: 'old', k: TWO },
    ])
  })

  it('is a key set as well, in either base64', () => {
    const k = `+/${'A'.repeat(41)}=`
    const REASONING_KEYS = JSON.stringify({ keys: [{ kty: 'oct', kid: 'a', k, alg: 'dir' }] })
    expect(configOf({ REASONING_KEYS }).config.reasoningKeys).toEqual([
      { kid: 'a', k: `-_${'A'.repeat(41)}` },
    ])
  })

  it.each(['hunter2', `a:${ONE}x`, `:${ONE}`, `a:${ONE},`, '{"keys":[]}', '{}', `a b:${ONE}`])(
    'that is none is refused, and not echoed: %s',
    (REASONING_KEYS) => {
      expect(problemsOf({ REASONING_KEYS })).toEqual([WANTS])
    },
  )

  it('names each key once', () => {
    expect(problemsOf({ REASONING_KEYS: `a:${ONE},a:${TWO}` })).toEqual([
      'REASONING_KEYS: got a value (hidden), wants each kid once',
    ])
  })
})

describe('STATE_TTL', () => {
  const DAY_MS = 86_400_000

  it('is a day for turns and thirty for responses where it is unset', () => {
    const { stateTimes } = configOf({}).config
    expect(stateTimes).toEqual({ turnMs: DAY_MS, responseMs: 30 * DAY_MS })
  })

  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['400d', 400 * DAY_MS],
    ['0', 0],
  ])('%s holds for both', (STATE_TTL, ms) => {
    const { stateTimes } = configOf({ STATE_TTL }).config
    expect(stateTimes).toEqual({ turnMs: ms, responseMs: ms })
  })

  it.each(['1', '1w', '-1d', '401d', '1.5h', 'day'])('%s is refused', (STATE_TTL) => {
    expect(problemsOf({ STATE_TTL })).toEqual([
      `STATE_TTL: got "${STATE_TTL}", wants 0, or a whole number with s, m, h or d, as 24h or 30d, of 400d at most`,
    ])
  })
})

describe('AUTH=off', () => {
  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('is accepted on %s', (HOST) => {
    expect(configOf({ AUTH: 'off', HOST }).config.auth).toEqual({
      keys: false,
      off: true,
      jwt: null,
    })
  })

  it.each(['0.0.0.0', '::', '10.0.0.1', 'gateway.example', '127.example.org'])(
    'is refused on %s',
    (HOST) => {
      expect(problemsOf({ AUTH: 'off', HOST, POLICY_SIGNERS })).toEqual([
        'AUTH: got "off", wants keys or jwt, because off is refused on any address but loopback',
      ])
    },
  )

  it('is refused on the edge, whatever the address says', () => {
    expect(problemsOf({ AUTH: 'off', POLICY_SIGNERS }, 'edge')).toHaveLength(1)
  })
})

describe('tokens', () => {
  const admin = {
    ADMIN_JWKS_URL: 'https://id.example/jwks.json',
    ADMIN_ISSUER: 'https://id.example',
    ADMIN_AUDIENCE: 'chambers',
  }

  it('of apps need a key set, an issuer and an audience', () => {
    expect(problemsOf({ AUTH: 'keys,jwt' })).toEqual([
      'JWKS_URL: got nothing, wants a value, because AUTH=keys,jwt asks for it',
      'JWT_ISSUER: got nothing, wants a value, because AUTH=keys,jwt asks for it',
      'JWT_AUDIENCE: got nothing, wants a value, because AUTH=keys,jwt asks for it',
    ])
  })

  it('of admins need an issuer and an audience', () => {
    expect(problemsOf({ ADMIN_JWKS_URL: admin.ADMIN_JWKS_URL })).toEqual([
      'ADMIN_ISSUER: got nothing, wants a value, because an admin key set asks for it',
      'ADMIN_AUDIENCE: got nothing, wants a value, because an admin key set asks for it',
    ])
  })

  it('of admins are read into one place', () => {
    expect(configOf(admin).config.admin).toEqual({
      keys: { url: admin.ADMIN_JWKS_URL },
      issuer: admin.ADMIN_ISSUER,
      audience: admin.ADMIN_AUDIENCE,
    })
  })
})

describe('the address of a key set', () => {
  const others = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', ADMIN_ISSUER: 'i', ADMIN_AUDIENCE: 'a' }
  const NAMES = ['JWKS_URL', 'ADMIN_JWKS_URL', 'POLICY_SIGNERS'] as const

  it.each([
    'https://id.example/keys',
    'http://127.0.0.1:9000/keys',
    'http://127.8.7.6/keys',
    'http://[::1]:9000/keys',
    'http://localhost:9000/keys',
  ])('is taken: %s', (address) => {
    const named = Object.fromEntries(NAMES.map((name) => [name, address]))
    expect(problemsOf({ ...others, ...named })).toEqual([])
  })

  it.each([
    'http://id.example/keys',
    'http://10.0.0.1/keys',
    'http://[::2]/keys',
    'http://localhost.example/keys',
    'http://127.0.0.1.nip.io/keys',
    'HTTP://ID.example/keys',
  ])('stops the start where others could answer in its place: %s', (address) => {
    const wants = 'an https URL, or http on this machine alone: on the way keys could be replaced'
    for (const name of NAMES) {
      expect(problemsOf({ ...others, [name]: address })).toEqual([
        `${name}: got ${JSON.stringify(address)}, wants ${wants}`,
      ])
    }
  })
})

describe('the name of a deployment', () => {
  it('is what policies are signed for, and none unless it is given', () => {
    expect(configOf({ POLICY_AUDIENCE: 'production' }).config.policyAudience).toBe('production')
    expect(configOf({}).config.policyAudience).toBeNull()
  })

  it('is of visible characters', () => {
    expect(problemsOf({ POLICY_AUDIENCE: 'a\nb' })).toEqual([
      'POLICY_AUDIENCE: got "a\\nb", wants the name of this deployment, of 1 to 200 visible characters',
    ])
  })
})

describe('the keys that may sign policies', () => {
  it('are given', () => {
    expect(configOf({ POLICY_SIGNERS }).config.signers).toEqual({ set: { keys: [signerKey] } })
  })

  it('are fetched from where they are published', () => {
    const url = 'https://keys.example/signers.json'
    expect(configOf({ POLICY_SIGNERS: url }).config.signers).toEqual({ url })
  })

  it.each([
    ['no JSON', 'hunter2'],
    ['no keys', '{"keys":[]}'],
    ['a private key', JSON.stringify({ keys: [{ ...signerKey, d: 'hunter2' }] })],
    ['a name twice', `{"keys":[],"keys":[${JSON.stringify(signerKey)}]}`],
    ['a shared secret', JSON.stringify({ keys: [{ kty: 'oct', k: 'hunter2', kid: 'ann' }] })],
    ['a key without a name', JSON.stringify({ keys: [{ ...signerKey, kid: undefined }] })],
    ['an address with credentials', 'https://ann:hunter2@keys.example/signers.json'],
    ['an address of a file', 'file:///signers.json'],
  ])('are refused with %s, and never echoed', (_, value) => {
    expect(problemsOf({ POLICY_SIGNERS: value })).toEqual([
      'POLICY_SIGNERS: got a value (hidden), wants a JSON Web Key Set of public keys with a kid each, as JSON, or an http or https URL of one',
    ])
  })

  it.each([
    ['on another address', { HOST: '0.0.0.0' }, 'node'],
    ['on the edge', {}, 'edge'],
  ] as const)('must be there %s', (_, environment, platform) => {
    expect(problemsOf(environment, platform)).toEqual([
      'POLICY_SIGNERS: got nothing, wants the keys that may sign policies, because others than this machine can reach it',
    ])
    expect(problemsOf({ ...environment, POLICY_SIGNERS }, platform)).toEqual([])
  })
})

describe('the judge', () => {
  const upstream = { UPSTREAM_BASE_URL: 'https://models.example/v1/', UPSTREAM_API_KEY: 'one' }

  it("is never sent the upstream's key at another server", () => {
    const { config } = configOf({ ...upstream, JUDGE_BASE_URL: 'https://judge.example/v1' })
    expect(config.judge).toMatchObject({ baseUrl: 'https://judge.example/v1', apiKey: null })
    expect(config.upstream.baseUrl).toBe('https://models.example/v1')
  })

  it('of the same family is warned of', () => {
    const { warnings } = configOf({
      ...upstream,
      JUDGE_MODEL: 'other',
      UPSTREAM_FAMILY: 'qwen',
      JUDGE_FAMILY: 'qwen',
    })
    expect(warnings).toEqual([
      'JUDGE_FAMILY equals UPSTREAM_FAMILY (qwen): a judge of another family is better',
    ])
  })

  it('that is the upstream itself is warned of', () => {
    expect(configOf(upstream).warnings).toEqual([
      'JUDGE_MODEL is unset: every draft is judged by the model that wrote it; a judge of another family is better',
    ])
  })

  it('of another family is not', () => {
    const { warnings } = configOf({
      ...upstream,
      JUDGE_MODEL: 'other',
      UPSTREAM_FAMILY: 'qwen',
      JUDGE_FAMILY: 'gemma',
    })
    expect(warnings).toEqual([])
  })
})
