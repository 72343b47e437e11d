import { FlattenedSign, type JWK, type JWTHeaderParameters } from 'jose'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../../src/lib/json.ts'
import { type Envelope, REVISION_TYPE } from '../../../../src/revisions/revision.ts'
import { addSignature, signRevision } from '../../../../src/revisions/signing/sign-revision.ts'
import {
  createRevisionVerifier,
  SignersUnavailable,
} from '../../../../src/revisions/signing/verify-revision.ts'
import { createSigner, keySetOf, payloadOf, signedEnvelope } from '../../../fakes/revisions.ts'
import { gardenBundle } from '../../policy/garden.ts'

const bundle = await gardenBundle()
const ann = await createSigner('ann')
const ben = await createSigner('ben', 'ES256')
const eve = await createSigner('eve')
/** Ann's key under another name. */
const anna = {
  kid: 'anna',
  key: { ...ann.key, kid: 'anna' },
  publicKey: { ...ann.publicKey, kid: 'anna' },
}

const verify = createRevisionVerifier({ keys: { set: keySetOf(ann, ben, anna) } })
const payload = await payloadOf({ bundle, number: 7 })
const good = await signedEnvelope({ signers: [ann], bundle, number: 7 })
const bytes = new TextEncoder().encode(JSON.stringify(payload))

/** An envelope over the same payload whose header says something else. */
async function signedWith(header: object, key: JWK | Uint8Array = ann.key): Promise<Envelope> {
  const signed = await new FlattenedSign(bytes)
    .setProtectedHeader(header as JWTHeaderParameters)
    .sign(key)
  const { payload: text, protected: protectedHeader = '', signature } = signed
  return { payload: text, signatures: [{ protected: protectedHeader, signature }] }
}

const header = { alg: 'EdDSA', typ: REVISION_TYPE, kid: 'ann' }
const encodeText = (text: string) => Buffer.from(text).toString('base64url')
const encode = (value: unknown) => encodeText(JSON.stringify(value))
const signature = good.signatures[0] ?? { protected: '', signature: '' }

describe('a revision', () => {
  it.each([
    ['EdDSA', ann],
    ['ES256', ben],
  ])('is proved by one signature with %s', async (_, signer) => {
    const envelope = await signRevision({ payload, key: signer.key })
    expect(await verify(envelope)).toEqual({
      ok: true,
      value: {
        payload,
        envelope,
        signers: [{ kid: signer.kid, thumbprint: expect.stringMatching(/^[\w-]{43}$/) }],
        passedOver: [],
      },
    })
  })

  it('names everybody who signed it', async () => {
    const verified = await verify(await addSignature(good, ben.key))
    expect(verified.ok && verified.value.signers.map(({ kid }) => kid)).toEqual(['ann', 'ben'])
  })

  it('counts a key once that bears two names', async () => {
    const again = await signRevision({ payload, key: anna.key })
    const both = { ...good, signatures: [...good.signatures, ...again.signatures] }
    const verified = await verify(both)
    expect(verified.ok && verified.value.signers.map(({ kid }) => kid)).toEqual(['ann'])
  })

  it('passes over who may not sign, or has signed already, and tells their names', async () => {
    const again = await signRevision({ payload, key: anna.key })
    const strange = await addSignature(await addSignature(good, eve.key), ben.key)
    const all = { ...strange, signatures: [...strange.signatures, ...again.signatures] }
    const verified = await verify(all)
    if (!verified.ok) throw new Error('Refused')
    const { envelope, signers, passedOver } = verified.value
    expect(signers.map(({ kid }) => kid)).toEqual(['ann', 'ben'])
    expect(envelope.signatures).toEqual([strange.signatures[0], strange.signatures[2]])
    expect(passedOver).toEqual([
      {
        code: 'signer_unknown',
        message:
          'Take the signature of eve off, or have somebody else sign: POLICY_SIGNERS holds no key of that name',
        pointer: '/jws/signatures/1',
        signer: 'eve',
      },
      {
        code: 'signature_repeated',
        message:
          'Take the second signature of anna off: ann has, with this key, signed it already, and it does not count',
        pointer: '/jws/signatures/3',
        signer: 'anna',
      },
    ])
  })

  it('makes the name of who signed harmless, and short', async () => {
    const kid = `e\u001B[2J\n${'x'.repeat(150)}`
    const verified = await verify(await signRevision({ payload, key: { ...eve.key, kid } }))
    const message = verified.ok ? '' : (verified.failure[0]?.message ?? '')
    expect(message).toMatch(/^Take the signature of e\uFFFD\[2J x+ off, /)
    expect(message.length).toBeLessThan(180)
  })

  it('is not signed twice by one key, whatever its name', async () => {
    for (const { key, kid } of [ann, anna]) {
      await expect(addSignature(good, key)).rejects.toThrow(
        new RangeError(`Sign with another key: the revision bears one of ${kid} already`),
      )
    }
  })

  it.each([
    ['an RSA key', { kty: 'RSA', kid: 'a' }, 'Sign with an Ed25519 or a P-256 key: got RSA '],
    [
      'another curve',
      { kty: 'EC', crv: 'P-384', kid: 'a' },
      'Sign with an Ed25519 or a P-256 key: got EC P-384',
    ],
    [
      'a key without a name',
      { ...ann.key, kid: '' },
      'Give the key a kid: signatures are looked up by it',
    ],
  ])('is not signed with %s', async (_, key, message) => {
    await expect(signRevision({ payload, key })).rejects.toThrow(new TypeError(message))
  })
})

describe('a revision for a deployment', () => {
  const keys = { set: keySetOf(ann) }
  const signedFor = (audience?: string) =>
    signRevision({ payload: { ...payload, ...(audience && { audience }) }, key: ann.key })

  it.each([
    [null, undefined],
    ['production', 'production'],
  ])('is taken by the one that is called %j where it names %j', async (audience, named) => {
    const verified = await createRevisionVerifier({ keys, audience })(await signedFor(named))
    expect(verified).toMatchObject({ ok: true, value: { payload } })
  })

  it.each([
    [
      'production',
      'staging',
      'Sign it for this deployment, with --audience production: it is signed for staging',
    ],
    [
      'production',
      undefined,
      'Sign it for this deployment, with --audience production: it names no deployment',
    ],
    [
      'production',
      'Production',
      'Sign it for this deployment, with --audience production: it is signed for Production',
    ],
    [
      null,
      'staging',
      'Push it to the gateway whose POLICY_AUDIENCE it names: it is signed for staging, and this one has no name',
    ],
  ])(
    'is refused by the one that is called %j where it names %j',
    async (audience, named, message) => {
      const verified = await createRevisionVerifier({ keys, audience })(await signedFor(named))
      expect(verified).toEqual({
        ok: false,
        failure: [{ code: 'audience_mismatch', message, pointer: '/jws/payload/audience' }],
      })
    },
  )

  it('is told of only where the signatures are good', async () => {
    const stranger = createRevisionVerifier({ keys: { set: keySetOf(eve) }, audience: 'here' })
    const verified = await stranger(await signedFor('there'))
    expect(verified).toMatchObject({ ok: false, failure: [{ code: 'signer_unknown' }] })
  })

  it.each(['', 'a\nb', 'x'.repeat(201)])('names it by visible characters: %j', async (audience) => {
    const named = { ...payload, audience }
    await expect(signRevision({ payload: named, key: ann.key })).rejects.toThrow('audience')
  })
})

const unsigned: readonly (readonly [string, JsonValue, string, string])[] = [
  ['no object', 'jws', 'envelope_unreadable', '/jws'],
  [
    'an envelope without signatures',
    { payload: good.payload, signatures: [] },
    'envelope_unreadable',
    '/jws/signatures',
  ],
  ['an unknown key beside the signatures', { ...good, header: {} }, 'envelope_unreadable', '/jws'],
  [
    'an unprotected header',
    { ...good, signatures: [{ ...signature, header: { jku: 'https://a.example' } }] },
    'envelope_unreadable',
    '/jws/signatures/0',
  ],
  ['a payload that is no JSON', { ...good, payload: 'e30x' }, 'payload_unreadable', '/jws/payload'],
  [
    'a payload that is no base64url',
    { ...good, payload: 'a' },
    'payload_unreadable',
    '/jws/payload',
  ],
  [
    'half a payload',
    { ...good, payload: good.payload.slice(0, 40) },
    'payload_unreadable',
    '/jws/payload',
  ],
  [
    'a payload without a digest',
    { ...good, payload: encode({ ...payload, digest: 'abc' }) },
    'payload_unreadable',
    '/jws/payload/digest',
  ],
  [
    'a payload with an unknown key',
    { ...good, payload: encode({ ...payload, force: true }) },
    'payload_unreadable',
    '/jws/payload',
  ],
  ...['"revision":7', '"\\u0072evision":8'].map(
    (again) =>
      [
        `a payload with a name twice: ${again}`,
        { ...good, payload: encodeText(`${JSON.stringify(payload).slice(0, -1)},${again}}`) },
        'payload_unreadable',
        '/jws/payload',
      ] as const,
  ),
  [
    'a payload with number 0',
    { ...good, payload: encode({ ...payload, revision: 0 }) },
    'payload_unreadable',
    '/jws/payload/revision',
  ],
]

describe('what cannot be read', () => {
  it.each(unsigned)('is refused: %s', async (_, jws, code, pointer) => {
    const verified = await verify(jws)
    expect(verified).toMatchObject({ ok: false, failure: [{ code, pointer }] })
  })
})

const forged: readonly (readonly [string, () => Promise<JsonValue> | JsonValue, string, string])[] =
  [
    [
      'a signature of another text',
      () => ({ payload: encode({ ...payload, revision: 8 }), signatures: good.signatures }),
      'signature_invalid',
      'Take the signature of ann off, or sign again: it is of another text, or by another key than the gateway knows by that name',
    ],
    [
      'a signature with a byte altered',
      () => ({
        ...good,
        signatures: [
          { ...signature, signature: `A${signature.signature.slice(1)}`.replace(/^AA/, 'BA') },
        ],
      }),
      'signature_invalid',
      'Take the signature of ann off, or sign again: it is of another text, or by another key than the gateway knows by that name',
    ],
    [
      'an unknown signer',
      () => signRevision({ payload, key: eve.key }),
      'signer_unknown',
      'Take the signature of eve off, or have somebody else sign: POLICY_SIGNERS holds no key of that name',
    ],
    [
      'a stranger under a known name',
      () => signRevision({ payload, key: { ...eve.key, kid: 'ann' } }),
      'signature_invalid',
      'Take the signature of ann off, or sign again: it is of another text, or by another key than the gateway knows by that name',
    ],
    [
      'the algorithm none',
      () => ({
        ...good,
        signatures: [{ protected: encode({ ...header, alg: 'none' }), signature: 'AA' }],
      }),
      'algorithm_refused',
      'Sign with EdDSA or ES256: no other algorithm is taken',
    ],
    [
      'HS256 with the public key for a secret',
      () =>
        signedWith(
          { ...header, alg: 'HS256' },
          new TextEncoder().encode(JSON.stringify(ann.publicKey)),
        ),
      'algorithm_refused',
      'Sign with EdDSA or ES256: no other algorithm is taken',
    ],
    [
      'a key of another kind than the algorithm',
      () => signedWith({ ...header, alg: 'ES256' }, ben.key),
      'signer_unknown',
      'Take the signature of ann off, or have somebody else sign: POLICY_SIGNERS holds no key of that name',
    ],
    [
      'a token for something else',
      () => signedWith({ ...header, typ: 'JWT' }),
      'type_wrong',
      'Sign a revision: the protected header wants typ chambers-revision+jws',
    ],
    [
      'no name of a key',
      () => signedWith({ alg: 'EdDSA', typ: REVISION_TYPE }),
      'header_invalid',
      'Write typ, alg and kid into the protected header, and no more',
    ],
    ...['jwk', 'jku', 'x5u', 'x5c', 'iat'].map(
      (name) =>
        [
          `a header with ${name}`,
          () =>
            signedWith({
              ...header,
              [name]: name === 'jwk' ? eve.publicKey : 'https://keys.example',
            }),
          'header_invalid',
          'Write typ, alg and kid into the protected header, and no more',
        ] as const,
    ),
    [
      'a name twice in its header',
      () => ({
        ...good,
        signatures: [
          {
            ...signature,
            protected: encodeText(`${JSON.stringify(header).slice(0, -1)},"kid":"ann"}`),
          },
        ],
      }),
      'header_invalid',
      'Write typ, alg and kid into the protected header, and no more',
    ],
    [
      'a critical extension',
      () => ({
        ...good,
        signatures: [{ ...signature, protected: encode({ ...header, crit: ['exp'], exp: 1 }) }],
      }),
      'header_invalid',
      'Write typ, alg and kid into the protected header, and no more',
    ],
    [
      'a header that is no JSON',
      () => ({ ...good, signatures: [{ ...signature, protected: 'AAAA' }] }),
      'header_invalid',
      'Write typ, alg and kid into the protected header, and no more',
    ],
  ]

describe('a signature', () => {
  it.each(forged)('is refused with %s', async (_, make, code, message) => {
    const jws = await make()
    const verified = await verify(jws)
    expect(verified.ok ? [] : verified.failure).toMatchObject([
      { code, message, pointer: expect.stringMatching(/^\/jws\/signatures\/[01]$/) },
    ])
  })

  it('is neither taken nor refused while the key set is out of reach', async () => {
    const remote = createRevisionVerifier({ keys: { url: 'http://127.0.0.1:1/signers' } })
    await expect(remote(good)).rejects.toThrow(SignersUnavailable)
  })
})
