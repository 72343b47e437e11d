import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../../../src/database/sqlite.node.ts'
import type { JsonArray, JsonObject, JsonValue } from '../../../../src/lib/json.ts'
import type { BundleContent } from '../../../../src/policy/section.ts'
import type { RevisionSubmission } from '../../../../src/revisions/control/control.ts'
import { signRevision } from '../../../../src/revisions/signing/sign-revision.ts'
import { SignersUnavailable } from '../../../../src/revisions/signing/verify-revision.ts'
import {
  contentOf,
  createSigner,
  payloadOf,
  revise,
  reworded,
  type SignedRevisionOptions,
  signedEnvelope,
  signedRevision,
  testsOf,
} from '../../../fakes/revisions.ts'
import { altered, gardenBundle, gardenFiles } from '../../policy/garden.ts'
import { createTestControl, NOW } from '../control.ts'

const ann = await createSigner('ann')
const ben = await createSigner('ben', 'ES256')
const eve = await createSigner('eve')
const anna = {
  kid: 'anna',
  key: { ...ann.key, kid: 'anna' },
  publicKey: { ...ann.publicKey, kid: 'anna' },
}

const builtIn = await gardenBundle()
const tests = testsOf(gardenFiles) as JsonArray
const bundle = await reworded(builtIn, 1)
const good: SignedRevisionOptions = { signers: [ann], bundle, tests, number: 5 }

const open = (served = builtIn) =>
  createTestControl({
    database: openSqlite({ path: ':memory:' }),
    signers: [ann, ben, anna],
    builtIn: [served],
  })

/** A policy whose revision 4 serves. */
async function started(change: (content: BundleContent) => BundleContent = (content) => content) {
  const test = await open()
  const first = await revise(builtIn, change)
  const submission = await signedRevision({ ...good, bundle: first, number: 4 })
  expect(await test.control.push('garden', submission, 'admin:ann')).toMatchObject({ ok: true })
  const activation = { policy: 'garden', revision: 4, percent: 100, shadow: null, expected: null }
  expect(await test.control.activate(activation, 'admin:ann')).toMatchObject({ ok: true })
  return test
}

const revised = async (
  change: (content: BundleContent) => BundleContent,
): Promise<SignedRevisionOptions> => ({ ...good, bundle: await revise(builtIn, change) })

const withBundle = (
  submission: RevisionSubmission,
  change: (content: JsonObject) => JsonValue,
) => ({
  ...submission,
  bundle: change(submission.bundle as JsonObject),
})

type Bad = {
  readonly what: string
  readonly make: () => Promise<RevisionSubmission>
  readonly problem: {
    readonly code: string
    readonly message: unknown
    readonly file?: string
    readonly line?: number
    readonly pointer?: string
    readonly signer?: string
  }
  /** Alters what serves already. */
  readonly active?: (content: BundleContent) => BundleContent
}

const twoPersons = (content: BundleContent): BundleContent => ({
  ...content,
  signatures: { required: 2, signers: [] },
})

const bad: readonly Bad[] = [
  {
    what: 'a wrong signature',
    async make() {
      const { jws, ...contents } = await signedRevision(good)
      const other = await signedEnvelope({ ...good, number: 6 })
      return { ...contents, jws: { ...(jws as JsonObject), payload: other.payload } }
    },
    problem: {
      code: 'signature_invalid',
      message:
        'Take the signature of ann off, or sign again: it is of another text, or by another key than the gateway knows by that name',
      pointer: '/jws/signatures/0',
      signer: 'ann',
    },
  },
  {
    what: 'an unknown signer',
    make: () => signedRevision({ ...good, signers: [eve] }),
    problem: {
      code: 'signer_unknown',
      message:
        'Take the signature of eve off, or have somebody else sign: POLICY_SIGNERS holds no key of that name',
      pointer: '/jws/signatures/0',
      signer: 'eve',
    },
  },
  {
    what: 'an end that is over',
    make: () => signedRevision({ ...good, payload: { expires: '2026-06-01T12:00:00Z' } }),
    problem: {
      code: 'expired',
      message: 'Sign it again with a later end: 2026-06-01T12:00:00Z is over',
      pointer: '/jws/payload/expires',
    },
  },
  {
    what: 'an end before its beginning',
    make: () =>
      signedRevision({
        ...good,
        payload: { notBefore: '2027-01-02T00:00:00Z', expires: '2027-01-01T00:00:00Z' },
      }),
    problem: {
      code: 'times_reversed',
      message:
        'Sign it with an end after its beginning: 2027-01-01T00:00:00Z is not after 2027-01-02T00:00:00Z',
      pointer: '/jws/payload/expires',
    },
  },
  {
    what: 'a number below the committed one',
    make: () => signedRevision({ ...good, number: 3 }),
    problem: {
      code: 'number_replayed',
      message: 'Sign it under a number above 4, which is committed: got 3',
      pointer: '/jws/payload/revision',
    },
  },
  {
    what: 'another digest than the signed one',
    async make() {
      const other = await reworded(builtIn, 2)
      return { ...(await signedRevision(good)), bundle: contentOf(other) }
    },
    problem: {
      code: 'digest_mismatch',
      message: expect.stringMatching(
        /^Sign what is sent: the bundle is [0-9a-f]{64}, and [0-9a-f]{64} was signed$/,
      ),
      pointer: '/bundle',
    },
  },
  {
    what: 'other golden cases than the signed ones',
    async make() {
      return { ...(await signedRevision(good)), tests: tests.slice(1) }
    },
    problem: {
      code: 'tests_digest_mismatch',
      message: expect.stringMatching(/^Sign what is sent: the golden cases are [0-9a-f]{64}, /),
      pointer: '/tests',
    },
  },
  {
    what: 'a bundle that was never sent',
    async make() {
      return { ...(await signedRevision(good)), bundle: null }
    },
    problem: {
      code: 'content_missing',
      message:
        'Send the bundle with the revision: nothing is kept under the digest that was signed',
      pointer: '/bundle',
    },
  },
  {
    what: 'an unknown key in the bundle',
    make: async () =>
      withBundle(await signedRevision(good), (content) => ({ ...content, force: true })),
    problem: {
      code: 'bundle_malformed',
      message: 'Correct /bundle: Unrecognized key: "force"',
      pointer: '/bundle',
    },
  },
  {
    what: 'an unknown key in a golden case',
    async make() {
      const [first, ...others] = tests as readonly JsonObject[]
      return { ...(await signedRevision(good)), tests: [{ ...first, expects: {} }, ...others] }
    },
    problem: {
      code: 'tests_malformed',
      message: 'Correct /tests/0: Unrecognized key: "expects"',
      pointer: '/tests/0',
    },
  },
  {
    what: 'half of a surrogate pair',
    make: async () =>
      withBundle(await signedRevision(good), (content) => ({ ...content, title: '\ud800' })),
    problem: {
      code: 'bundle_malformed',
      message: 'Write whole characters: half of a surrogate pair has no digest',
      pointer: '/bundle',
    },
  },
  {
    what: 'an override against precedence',
    make: async () =>
      signedRevision(
        await revised((content) => ({
          ...content,
          sections: content.sections.map((one) =>
            one.id === 'GRD' ? { ...one, overrides: ['POI'] } : one,
          ),
        })),
      ),
    problem: {
      code: 'check_failed',
      message:
        'Place GRD before POI in precedence, or drop the override: they contradict each other',
      file: 'sections/GRD.md',
      pointer: '/bundle/sections/0/overrides/0',
    },
  },
  {
    what: 'a failing golden case',
    make: () =>
      signedRevision({
        ...good,
        tests: [
          ...tests,
          {
            id: 'saw-2',
            messages: [{ role: 'user', content: 'Which roses smell best?' }],
            expect: { sections: ['SAW'] },
          },
        ],
      }),
    problem: {
      code: 'test_failed',
      message:
        'Make the section SAW come up in full for saw-2, or correct the case (recall of SAW: 1 of 2, wants 1)',
      pointer: '/tests/4',
    },
  },
  {
    what: 'another policy than the one it is signed for',
    make: () => signedRevision({ ...good, payload: { policy: 'default' } }),
    problem: {
      code: 'policy_mismatch',
      message: 'Send it to the policy it is signed for, default: this is garden',
      pointer: '/jws/payload/policy',
    },
  },
  {
    what: 'a bundle of another policy under the right name',
    make: async () =>
      signedRevision({
        ...(await revised((content) => ({ ...content, id: 'orchard' }))),
        payload: { policy: 'garden' },
      }),
    problem: {
      code: 'id_mismatch',
      message: 'Send it to the policy orchard, or change its id: this is garden',
      pointer: '/bundle/id',
    },
  },
]

describe('a revision', () => {
  it.each(bad)(
    'is refused with $what, and nothing else changes',
    async ({ make, problem, active }) => {
      const { control, state, entries, changes } = await started(active)
      const before = await state()
      const told = changes.count
      const pushed = await control.push('garden', await make(), 'admin:eve')
      expect(pushed).toEqual({
        ok: false,
        failure: { reason: 'rejected', id: expect.stringMatching(/^rej_/), problems: [problem] },
      })
      expect([await state(), changes.count]).toEqual([before, told])
      expect(await control.revisions('garden', { before: null, limit: 9 })).toHaveLength(1)
      const [rejection] = await control.rejections('garden', { before: null, limit: 9 })
      expect(rejection).toMatchObject({ problems: [problem], pushedBy: 'admin:eve', pushed: NOW })
      expect((await entries()).at(-1)).toMatchObject({
        actor: 'admin:eve',
        action: 'policy.reject',
        policy: 'garden',
        details: { id: rejection?.id, codes: [problem.code] },
      })
    },
  )

  it.each([
    [
      'half-written',
      { payload: 'eyJwb2xpY3ki', signatures: [{ protected: 'e30', signature: 'AA' }] },
      'payload_unreadable',
    ],
    ['no envelope', 'eyJ.eyJ.sig', 'envelope_unreadable'],
    ['nothing', null, 'envelope_unreadable'],
  ])('is refused and kept nowhere when it is %s', async (_, jws, code) => {
    const { control, state, entries } = await started()
    const before = [await state(), (await entries()).length]
    const contents = { bundle: contentOf(bundle), tests, files: null }
    const pushed = await control.push('garden', { jws, ...contents }, 'admin:eve')
    expect(pushed).toMatchObject({
      ok: false,
      failure: { reason: 'rejected', id: null, problems: [{ code }] },
    })
    expect([await state(), (await entries()).length]).toEqual(before)
    expect(await control.rejections('garden', { before: null, limit: 9 })).toEqual([])
  })

  it('is admitted with what its tests came to, and who signed it', async () => {
    const { control, entries } = await started()
    const submission = await signedRevision({ ...good, signers: [ann, ben] })
    const pushed = await control.push('garden', submission, 'admin:ann')
    expect(pushed).toMatchObject({
      ok: true,
      value: {
        policy: 'garden',
        number: 5,
        digest: bundle.digest,
        report: {
          signers: ['ann', 'ben'],
          decisions: null,
          selection: { cases: [{ id: 'grd-1', outcome: 'passed' }, {}, {}, {}] },
        },
      },
    })
    expect(await control.bundle('garden', 5)).toEqual({ ...bundle, revision: 5 })
    expect(await control.tests('garden', 5)).toEqual(tests)
    expect((await entries()).at(-1)).toMatchObject({
      action: 'policy.push',
      details: { revision: 5, digest: bundle.digest, signers: ['ann', 'ben'] },
    })
  })

  it('is admitted with two signatures where two are required', async () => {
    const { control } = await started(twoPersons)
    const submission = await signedRevision({ ...good, signers: [ann, ben] })
    expect(await control.push('garden', submission, 'admin:ann')).toMatchObject({ ok: true })
  })

  it('is neither admitted nor refused while the keys of the signers are out of reach', async () => {
    const { control, entries } = await createTestControl({
      database: openSqlite({ path: ':memory:' }),
      signers: [],
      keys: { url: 'http://127.0.0.1:1/signers' },
      builtIn: [builtIn],
    })
    await expect(control.push('garden', await signedRevision(good), 'admin:ann')).rejects.toThrow(
      new SignersUnavailable(),
    )
    expect([
      await control.rejections('garden', { before: null, limit: 9 }),
      await entries(),
    ]).toEqual([[], []])
  })

  it('is admitted again without a word, and without a second record', async () => {
    const { control, entries } = await started()
    const submission = await signedRevision(good)
    const first = await control.push('garden', submission, 'admin:ann')
    const count = (await entries()).length
    const empty = { jws: submission.jws, bundle: null, tests: null, files: null }
    expect(await control.push('garden', empty, 'admin:ben')).toEqual(first)
    expect((await entries()).length).toBe(count)
  })

  it('is refused under a number that another one has', async () => {
    const { control } = await started()
    await control.push('garden', await signedRevision(good), 'admin:ann')
    const other = await signedRevision({ ...good, bundle: await reworded(builtIn, 2) })
    expect(await control.push('garden', other, 'admin:ann')).toMatchObject({
      ok: false,
      failure: {
        reason: 'rejected',
        problems: [
          {
            code: 'number_taken',
            message: 'Sign it under a number of its own: admin:ann pushed another revision as 5',
          },
        ],
      },
    })
  })

  it('is one of two when two come at once under a number', async () => {
    const { control } = await started()
    const submissions = await Promise.all(
      [1, 2].map(async (text) =>
        signedRevision({ ...good, bundle: await reworded(builtIn, text) }),
      ),
    )
    const pushed = await Promise.all(
      submissions.map((submission) => control.push('garden', submission, 'admin:ann')),
    )
    const codes = pushed.map((one) =>
      one.ok ? 'admitted' : one.failure.reason === 'rejected' && one.failure.problems[0]?.code,
    )
    expect(new Set(codes)).toEqual(new Set(['admitted', 'number_taken']))
  })

  it('may leave out contents that are kept already', async () => {
    const { control } = await started()
    await control.push('garden', await signedRevision(good), 'admin:ann')
    const again = await signedRevision({ ...good, number: 6 })
    const bare = { ...again, bundle: null, tests: null }
    expect(await control.push('garden', bare, 'admin:ann')).toMatchObject({
      ok: true,
      value: { number: 6, digest: bundle.digest },
    })
  })

  it('is told that it was written to follow another than the active one', async () => {
    const { control, state } = await started()
    const late = await signedRevision({ ...good, payload: { supersedes: 'a'.repeat(64) } })
    const { activeDigest } = await state()
    const pushed = await control.push('garden', late, 'admin:ann')
    expect(pushed.ok && pushed.value.report.warnings[0]).toBe(
      `/jws/payload/supersedes: Compare it with what serves now: it was written to follow ${'a'.repeat(64)}, and ${activeDigest} is active`,
    )
    const next = await signedRevision({ ...good, number: 6, payload: { supersedes: activeDigest } })
    const followed = await control.push('garden', next, 'admin:ann')
    expect(followed.ok && followed.value.report.warnings.join('\n')).not.toContain('supersedes')
  })
})

describe('a revision sent as files', () => {
  const sent = async (files: typeof gardenFiles) => ({
    jws: await signedEnvelope({ ...good, bundle: builtIn, tests }),
    bundle: null,
    tests: null,
    files,
  })

  it('is admitted when they give what was signed', async () => {
    const { control } = await started()
    expect(await control.push('garden', await sent(gardenFiles), 'admin:ann')).toMatchObject({
      ok: true,
      value: { digest: builtIn.digest },
    })
    expect(await control.tests('garden', 5)).toEqual(tests)
  })

  it.each([
    [
      'an override against precedence',
      altered('sections/GRD.md', 'response:', 'overrides: [POI]\nresponse:'),
      {
        code: 'check_failed',
        message:
          'Place GRD before POI in precedence, or drop the override: they contradict each other',
        file: 'sections/GRD.md',
        line: expect.any(Number),
      },
    ],
    [
      'an unknown key',
      altered('policy.yaml', 'title:', 'tilte: A\ntitle:'),
      {
        code: 'check_failed',
        message: expect.stringContaining('tilte'),
        file: 'policy.yaml',
        line: 2,
      },
    ],
    [
      'another word than was signed',
      altered('sections/SAW.md', 'Explain sharpening', 'Explain honing'),
      { code: 'digest_mismatch', message: expect.stringMatching(/^Sign what is sent: /) },
    ],
  ])('is refused with the file and line of %s', async (_, files, problem) => {
    const { control } = await started()
    expect(await control.push('garden', await sent(files), 'admin:ann')).toMatchObject({
      ok: false,
      failure: { reason: 'rejected', problems: [problem] },
    })
  })

  it('is refused with the file and line of a golden case that fails', async () => {
    const files = altered('tests/cases.jsonl', 'My chainsaw is blunt.', 'My day was long.')
    const { control } = await started()
    const jws = await signedEnvelope({ ...good, bundle: builtIn, tests: testsOf(files) })
    const pushed = await control.push(
      'garden',
      { jws, bundle: null, tests: null, files },
      'admin:ann',
    )
    expect(pushed).toMatchObject({
      ok: false,
      failure: {
        problems: [
          {
            code: 'test_failed',
            message:
              'Make the section SAW come up in full for saw-1, or correct the case (recall of SAW: 0 of 1, wants 1)',
            file: 'tests/cases.jsonl',
            line: 3,
          },
        ],
      },
    })
  })
})

describe('a share of golden cases', () => {
  const failing = (id: string, sections: readonly string[]): JsonObject => ({
    id,
    messages: [
      { role: 'user', content: sections.length > 0 ? 'Hello there' : 'Is my chainsaw blunt?' },
    ],
    expect: { sections },
  })

  it.each([
    ['recall', ['POI'], { recall: 0.5 }, true],
    ['recall', ['POI'], { recall: 0.51 }, false],
    ['permit', [], { permit: 0.5 }, true],
    ['permit', [], { permit: 0.51 }, false],
  ] as const)(
    'holds for a section by the thresholds of the candidate: %s',
    async (_, sections, share, isHeld) => {
      const thresholds = { recall: 1, permit: 1, decisions: 1, sections: {} }
      const settings = await revised((content) => ({
        ...content,
        tests: { ...thresholds, sections: { POI: share, SAW: share } },
      }))
      const { control } = await started()
      const submission = await signedRevision({
        ...settings,
        tests: [...tests, failing('x-1', sections)],
      })
      expect((await control.push('garden', submission, 'admin:ann')).ok).toBe(isHeld)
    },
  )
})

describe('a look at a policy', () => {
  it('tells all that is wrong and keeps nothing', async () => {
    const { control, entries } = await open()
    const files = altered('policy.yaml', '[POI, SAW, GRD]', '[POI, SAW]')
    const report = await control.check('garden', { bundle: null, tests: null, files })
    expect(report).toMatchObject({
      ok: false,
      problems: [
        {
          code: 'check_failed',
          file: 'policy.yaml',
          message: 'Place the section in precedence: GRD',
        },
      ],
    })
    expect(await entries()).toEqual([])
  })

  it('tells the digests that are to be signed', async () => {
    const { control } = await open()
    const report = await control.check('garden', { bundle: null, tests: null, files: gardenFiles })
    const payload = await payloadOf({ ...good, bundle: builtIn })
    expect(report).toMatchObject({
      ok: true,
      digest: payload.digest,
      testsDigest: payload.testsDigest,
      problems: [],
    })
  })
  it('tells the first of very many problems, and none of them at length', async () => {
    const { control } = await open()
    const contents = { files: null, tests, bundle: { sections: Array(1_000).fill({}) } }
    const many = await control.check('garden', contents)
    expect(many.problems).toHaveLength(201)
    expect(many.problems.at(-1)?.code).toBe('more_problems')
    const bundleOfLongKey = { ...(contentOf(builtIn) as JsonObject), ['k'.repeat(10_000)]: 1 }
    const long = await control.check('garden', { ...contents, bundle: bundleOfLongKey })
    expect(long.problems).toHaveLength(1)
    expect(long.problems[0]?.message.length).toBeLessThanOrEqual(501)
  })

  it.each([
    {
      what: 'sections',
      contents: { bundle: { sections: Array(1_001).fill({}) }, tests, files: null },
      problem: {
        code: 'bundle_malformed',
        message: 'Send at most 1000 sections: these are 1001',
        pointer: '/bundle/sections',
      },
    },
    {
      what: 'golden cases',
      contents: { bundle: contentOf(builtIn), tests: Array(10_001).fill({}), files: null },
      problem: {
        code: 'tests_malformed',
        message: 'Send at most 10000 golden cases: these are 10001',
        pointer: '/tests',
      },
    },
    {
      what: 'lines',
      contents: {
        bundle: null,
        tests: null,
        files: [...gardenFiles, { path: 'README.md', text: '\n'.repeat(100_000) }],
      },
      problem: {
        code: 'check_failed',
        message: expect.stringMatching(/^Send files of at most 100000 lines together: these have /),
      },
    },
  ])('is refused unread where there are more $what than any policy has', async (large) => {
    const { control } = await open()
    const report = await control.check('garden', large.contents)
    expect(report).toMatchObject({ ok: false, problems: [large.problem], report: null })
  })
})

describe('a revision that is not signed by enough', () => {
  const pushed = async (
    active: (content: BundleContent) => BundleContent,
    submission: Promise<RevisionSubmission>,
  ) => {
    const test = await started(active)
    const kept = await test.control.push('garden', await submission, 'admin:ann')
    if (!kept.ok) throw new Error(JSON.stringify(kept.failure))
    const activation = { policy: 'garden', revision: 5, percent: 100, shadow: null, expected: null }
    const before = await test.state()
    const activated = await test.control.activate(activation, 'admin:ann')
    expect(await test.state()).toEqual(before)
    const message = !activated.ok && 'message' in activated.failure ? activated.failure.message : ''
    const [waiting] = await test.control.waiting(kept.value.policy, [kept.value])
    return { waiting, message }
  }
  const join = 'Have it signed first, by `policy sign --add garden@5` with the key of somebody else'

  it('is kept and waits for the others', async () => {
    const { waiting, message } = await pushed(twoPersons, signedRevision(good))
    expect(waiting).toEqual({ required: 2, of: [], bears: ['ann'], missing: 1 })
    expect(message).toBe(`${join}. It wants 2 signatures and bears 1 that counts (ann)`)
  })

  it('counts a key once that bears two names', async () => {
    const submission = await signedRevision(good)
    const again = await signRevision({ payload: await payloadOf(good), key: anna.key })
    const first = await signedEnvelope(good)
    const jws = { ...first, signatures: [...first.signatures, ...again.signatures] }
    const { waiting } = await pushed(twoPersons, Promise.resolve({ ...submission, jws }))
    expect(waiting).toMatchObject({ bears: ['ann'], missing: 1 })
  })

  it('names those whom the active revision wants', async () => {
    const active = (content: BundleContent) => ({
      ...content,
      signatures: { required: 1, signers: ['ben'] },
    })
    const { waiting, message } = await pushed(active, signedRevision(good))
    expect(waiting).toEqual({ required: 1, of: ['ben'], bears: [], missing: 1 })
    expect(message).toBe(`${join}. It wants 1 signature of ben and bears none that counts`)
  })
})
