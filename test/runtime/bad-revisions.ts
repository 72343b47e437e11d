/**
 * Bad revisions as they are sent to a gateway, one kind a row, each a good one with one thing altered, and what the gateway
 * must say of it. No I/O: real keys, real digests.
 */
import { FlattenedSign, type JWK, type JWTHeaderParameters } from 'jose'
import { canonicalJson, type JsonArray, type JsonObject } from '../../src/lib/json.ts'
import { compilePolicy } from '../../src/policy/bundle.ts'
import type { Bundle } from '../../src/policy/section.ts'
import type { PolicyFile } from '../../src/policy/write/problem.ts'
import { type Envelope, REVISION_TYPE } from '../../src/revisions/revision.ts'
import {
  contentOf,
  createSigner,
  payloadOf,
  revise,
  reworded,
  type SignedRevisionOptions,
  type Signer,
  signedEnvelope,
  testsOf,
} from '../fakes/revisions.ts'
import { altered, gardenBundle, gardenFiles } from '../unit/policy/garden.ts'

/** Who may sign: `anna` is Ann's key under another name. */
export type Signers = { readonly ann: Signer; readonly ben: Signer; readonly anna: Signer }

export async function createSigners(): Promise<Signers> {
  const ann = await createSigner('ann')
  const anna = {
    kid: 'anna',
    key: { ...ann.key, kid: 'anna' },
    publicKey: { ...ann.publicKey, kid: 'anna' },
  }
  return { ann, ben: await createSigner('ben', 'ES256'), anna }
}

/** Asks for one signature, and for two. */
export const PLAIN = 'garden'
export const TWO_PERSONS = 'meadow'
/** What serves before anything bad is sent, what is kept beside it, and the number of what is sent. */
export const ACTIVE_NUMBER = 4
export const KEPT_NUMBER = 6
const NUMBER = 9

/** The good revisions that are there before. */
export async function startingRevisions({ ann }: Signers) {
  const tests = testsOf(gardenFiles)
  const garden = await gardenBundle()
  const meadow = await revise(garden, (content) => ({
    ...content,
    id: TWO_PERSONS,
    signatures: { required: 2, signers: [] },
  }))
  const signed = async (bundle: Bundle, number: number) => ({
    policy: bundle.id,
    number,
    body: {
      jws: await signedEnvelope({ signers: [ann], bundle, tests, number }),
      bundle: contentOf(bundle),
      tests,
    },
  })
  return [
    await signed(await reworded(garden, 1), ACTIVE_NUMBER),
    await signed(meadow, ACTIVE_NUMBER),
    await signed(await reworded(garden, 2), KEPT_NUMBER),
  ]
}

export type BadRevision = {
  readonly what: string
  readonly policy?: string
  readonly make: (signers: Signers) => Promise<object>
  readonly problem: {
    readonly code: string
    readonly message: RegExp
    readonly file?: string
    readonly line?: number
    readonly pointer?: string
    readonly signer?: string
  }
  /** Left out: 9; null where it cannot be told. */
  readonly number?: number | null
}

const tests = testsOf(gardenFiles) as JsonArray
const garden = await gardenBundle()
const bundle = await reworded(garden, 3)
const eve = await createSigner('eve')

const good = ({ ann }: Signers): SignedRevisionOptions => ({
  signers: [ann],
  bundle,
  tests,
  number: NUMBER,
})

const sent = async (options: SignedRevisionOptions) => ({
  jws: await signedEnvelope(options),
  bundle: contentOf(options.bundle),
  tests: options.tests,
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The good revision under a header that says something else. */
async function headed(signers: Signers, header: object, key: JWK | Uint8Array = signers.ann.key) {
  const payload = canonicalJson(await payloadOf(good(signers)))
  const whole = { alg: 'EdDSA', typ: REVISION_TYPE, kid: 'ann', ...header }
  const signed = await new FlattenedSign(new TextEncoder().encode(payload))
    .setProtectedHeader(whole as JWTHeaderParameters)
    .sign(key)
  const { payload: text, protected: protectedHeader = '', signature } = signed
  const jws = { payload: text, signatures: [{ protected: protectedHeader, signature }] }
  return { ...(await sent(good(signers))), jws }
}

/** Files in place of bundle and tests; what is signed of them matters only where they compile. */
async function files(signers: Signers, changed: readonly PolicyFile[]) {
  const { compiled } = await compilePolicy(changed)
  const signed = compiled
    ? { ...good(signers), bundle: compiled.bundle, tests: testsOf(changed) }
    : good(signers)
  return { jws: await signedEnvelope(signed), files: changed }
}

const withEnvelope = async (signers: Signers, change: (jws: Envelope) => object) => {
  const submission = await sent(good(signers))
  return { ...submission, jws: change(submission.jws) }
}

const meadow = await revise(garden, (content) => ({ ...content, id: TWO_PERSONS }))
const onMeadow = (signers: Signers) => ({ ...good(signers), bundle: meadow })
const NOT_OF_THIS_TEXT =
  /^Take the signature of ann off, or sign again: it is of another text, or by another key than the gateway knows by that name$/
const NO_OTHER_ALGORITHM = /^Sign with EdDSA or ES256: no other algorithm is taken$/

const SIGNATURES: readonly BadRevision[] = [
  {
    what: 'a wrong signature',
    make: async (signers) => {
      const { payload } = await signedEnvelope({ ...good(signers), number: 8 })
      return withEnvelope(signers, (jws) => ({ ...jws, payload }))
    },
    number: 8,
    problem: {
      code: 'signature_invalid',
      message: NOT_OF_THIS_TEXT,
      pointer: '/jws/signatures/0',
      signer: 'ann',
    },
  },
  {
    what: 'an unknown signer',
    make: async (signers) => sent({ ...good(signers), signers: [eve] }),
    problem: {
      code: 'signer_unknown',
      message:
        /^Take the signature of eve off, or have somebody else sign: POLICY_SIGNERS holds no key of that name$/,
      pointer: '/jws/signatures/0',
      signer: 'eve',
    },
  },
  {
    what: 'the algorithm none',
    make: (signers) =>
      withEnvelope(signers, ({ payload }) => ({
        payload,
        signatures: [
          {
            protected: encode({ alg: 'none', typ: REVISION_TYPE, kid: 'ann' }),
            signature: 'AA',
          },
        ],
      })),
    problem: {
      code: 'algorithm_refused',
      message: NO_OTHER_ALGORITHM,
      pointer: '/jws/signatures/0',
    },
  },
  {
    what: 'HS256 with the public key for a secret',
    make: (signers) =>
      headed(
        signers,
        { alg: 'HS256' },
        new TextEncoder().encode(JSON.stringify(signers.ann.publicKey)),
      ),
    problem: {
      code: 'algorithm_refused',
      message: NO_OTHER_ALGORITHM,
      pointer: '/jws/signatures/0',
    },
  },
  {
    what: 'a signature for something else',
    make: (signers) => headed(signers, { typ: 'JWT' }),
    problem: {
      code: 'type_wrong',
      message: /^Sign a revision: the protected header wants typ chambers-revision\+jws$/,
      pointer: '/jws/signatures/0',
    },
  },
  {
    what: 'a key of its own in the header',
    make: (signers) => headed(signers, { jwk: eve.publicKey }, eve.key),
    problem: {
      code: 'header_invalid',
      message: /^Write typ, alg and kid into the protected header, and no more$/,
      pointer: '/jws/signatures/0',
    },
  },
]

const NUMBERS: readonly BadRevision[] = [
  {
    what: 'an end that is over',
    make: async (signers) =>
      sent({ ...good(signers), payload: { expires: '2021-01-01T00:00:00Z' } }),
    problem: {
      code: 'expired',
      message: /^Sign it again with a later end: 2021-01-01T00:00:00Z is over$/,
      pointer: '/jws/payload/expires',
    },
  },
  {
    what: 'a number below the committed one',
    make: async (signers) => sent({ ...good(signers), number: 3 }),
    number: 3,
    problem: {
      code: 'number_replayed',
      message: /^Sign it under a number above 4, which is committed: got 3$/,
      pointer: '/jws/payload/revision',
    },
  },
  {
    what: 'the number of another revision',
    make: async (signers) => sent({ ...good(signers), number: KEPT_NUMBER }),
    number: KEPT_NUMBER,
    problem: {
      code: 'number_taken',
      message: /^Sign it under a number of its own: admin:\S+ pushed another revision as 6$/,
      pointer: '/jws/payload/revision',
    },
  },
  {
    what: 'the revision of another policy',
    make: async (signers) => sent(onMeadow(signers)),
    problem: {
      code: 'policy_mismatch',
      message: /^Send it to the policy it is signed for, meadow: this is garden$/,
      pointer: '/jws/payload/policy',
    },
  },
  {
    what: 'a payload with a prototype of its own',
    make: (signers) =>
      withEnvelope(signers, (jws) => {
        const text = Buffer.from(jws.payload, 'base64url').toString()
        const poisoned = text.replace('{', '{"__proto__":{"revision":9},')
        return { ...jws, payload: Buffer.from(poisoned).toString('base64url') }
      }),
    number: null,
    problem: {
      code: 'payload_unreadable',
      message: /^Sign JSON of a revision: the payload is no JSON$/,
      pointer: '/jws/payload',
    },
  },
]

const CONTENTS: readonly BadRevision[] = [
  {
    what: 'another bundle than the signed one',
    make: async (signers) => ({
      ...(await sent(good(signers))),
      bundle: contentOf(await reworded(garden, 5)),
    }),
    problem: {
      code: 'digest_mismatch',
      message: /^Sign what is sent: the bundle is [0-9a-f]{64}, and [0-9a-f]{64} was signed$/,
      pointer: '/bundle',
    },
  },
  {
    what: 'other golden cases than the signed ones',
    make: async (signers) => ({ ...(await sent(good(signers))), tests: tests.slice(1) }),
    problem: {
      code: 'tests_digest_mismatch',
      message:
        /^Sign what is sent: the golden cases are [0-9a-f]{64}, and [0-9a-f]{64} was signed$/,
      pointer: '/tests',
    },
  },
  {
    what: 'an unknown key in the bundle',
    make: async (signers) => {
      const submission = await sent(good(signers))
      return { ...submission, bundle: { ...(submission.bundle as JsonObject), force: true } }
    },
    problem: {
      code: 'bundle_malformed',
      message: /^Correct \/bundle: Unrecognized key: "force"$/,
      pointer: '/bundle',
    },
  },
]

const FILES: readonly BadRevision[] = [
  {
    what: 'an unknown key in policy.yaml',
    make: (signers) =>
      files(signers, altered('policy.yaml', 'precedence:', 'forceful: yes\nprecedence:')),
    problem: {
      code: 'check_failed',
      message: /^Remove or rename the unknown key: forceful$/,
      file: 'policy.yaml',
      line: 4,
    },
  },
  {
    what: 'an ambiguous precedence',
    make: (signers) => files(signers, altered('policy.yaml', '[POI, SAW, GRD]', '[POI, SAW]')),
    problem: {
      code: 'check_failed',
      message: /^Place the section in precedence: GRD$/,
      file: 'policy.yaml',
      line: 4,
    },
  },
  {
    what: 'a reference to nothing',
    make: (signers) =>
      files(signers, altered('sections/POI.md', 'overrides: [SAW]', 'overrides: [XYZ]')),
    problem: {
      code: 'check_failed',
      message: /^Remove from overrides what is no section: XYZ$/,
      file: 'sections/POI.md',
      line: 9,
    },
  },
  {
    what: 'a section without both sides',
    make: (signers) =>
      files(
        signers,
        altered('sections/GRD.md', '- **GRD2** Do not invent the names of plants.\n', ''),
      ),
    problem: {
      code: 'check_failed',
      message: /^Draw both sides of the line: add a rule \(- \*\*GRD1\*\* …\) under ## Disallowed$/,
      file: 'sections/GRD.md',
      line: 20,
    },
  },
  {
    what: 'a golden case that fails',
    make: (signers) =>
      files(signers, altered('tests/cases.jsonl', 'Is hemlock poisonous?', 'What a fine day!')),
    problem: {
      code: 'test_failed',
      message: /^Make the section POI come up in full for poi-1, or correct the case/,
      file: 'tests/cases.jsonl',
      line: 2,
    },
  },
]

export const BAD_REVISIONS: readonly BadRevision[] = [
  ...SIGNATURES,
  ...NUMBERS,
  ...CONTENTS,
  ...FILES,
]
