import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Bundle } from '../../../src/policy/section.ts'
import { startTestGateway, type TestGateway } from '../../fakes/gateway.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../../fakes/otlp-receiver.ts'
import { createSigner, keySetOf, type Signer } from '../../fakes/revisions.ts'
import {
  createRolloutAdmin,
  GUARD,
  isCandidates,
  isCandidatesReview,
  POLICY,
  rolloutBundles,
} from '../../fakes/rollouts.ts'
import {
  type Asked,
  createSpeaker,
  type Speak,
  verdictReply,
  violation,
} from '../../fakes/speaker.ts'
import { errorReply, startUpstream, type Upstream } from '../../fakes/upstream.ts'

const CHAT = { model: 'any', messages: [{ role: 'user', content: 'When do I sow beans?' }] }

let signer: Signer
let active: Bundle
let candidate: Bundle
beforeAll(async () => {
  signer = await createSigner('desk')
  const bundles = await rolloutBundles()
  active = bundles.active
  candidate = bundles.candidate
})

let speak: Speak
let upstream: Upstream
let receiver: OtlpReceiver
let gateway: TestGateway
beforeEach(async () => {
  speak = () => undefined
  upstream = await startUpstream(createSpeaker((asked) => speak(asked)).script)
  receiver = await startOtlpReceiver()
  gateway = await startTestGateway({
    upstream: upstream.url,
    strategy: 'tagged',
    policies: (shipped) => ({ ...shipped, bundles: [active] }),
    environment: {
      POLICY,
      POLICY_SIGNERS: JSON.stringify(keySetOf(signer)),
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    },
    bounds: { maxRetries: 0 },
  })
})
afterEach(async () => {
  await gateway.close()
  await upstream.close()
  await receiver.close()
})

const { call, status, policy, push, activate } = createRolloutAdmin(
  () => gateway,
  () => signer,
)

/** Pushes the candidate, stages it, and waits until requests feel it. */
const stage = async (how: { readonly percent: number; readonly shadow: boolean }) => {
  await push(candidate, 1)
  await activate({ revision: 1, ...how })
  const served = async () => (await status()).instances[0]?.policies[0]?.candidate?.revision
  await expect.poll(served).toBe(1)
}
/** Asks in sessions of their own, and gives the digests that served. */
const ask = async (sessions: number, body: object = CHAT) => {
  const digests: (string | null)[] = []
  for (let session = 0; session < sessions; session++) {
    const headers = { 'x-chambers-session': `session ${session}` }
    const response = await gateway.ask(body, { headers })
    await response.arrayBuffer()
    digests.push(response.headers.get('x-chambers-policy'))
  }
  return digests
}
const haltedFor = async (reason: string) => {
  await expect.poll(async () => (await policy())?.state.action).toBe('halt')
  expect(await policy()).toMatchObject({
    state: { candidate: null, changedBy: 'gateway', reason: expect.stringContaining(reason) },
    rollout: null,
  })
  const { entries } = await call('GET', '/audit?action=policy.halt')
  expect(entries).toMatchObject([{ actor: 'gateway', policy: 'garden' }])
  await gateway.close()
  const [point] = receiver.points('chambers.rollout.halts').slice(-1)
  expect(JSON.stringify(point)).toContain(reason.split(':')[0])
}

describe('a rollout is halted by itself', () => {
  it('where half of the callers are refused what the others are not', async () => {
    speak = (asked) =>
      isCandidatesReview(asked) ? verdictReply(asked, violation(asked)) : undefined
    await stage({ percent: 50, shadow: false })
    const digests = await ask(40)
    expect(new Set(digests)).toEqual(
      new Set([`garden@${active.digest}`, `garden@${candidate.digest}`]),
    )
    await expect.poll(async () => (await policy())?.state.action).toBe('halt')
    expect(new Set(await ask(10))).toEqual(new Set([`garden@${active.digest}`]))
    await haltedFor('refusal_rate: 1.00 against 0.00')
  })

  it('where its judge cannot judge', async () => {
    speak = (asked) => (isCandidatesReview(asked) ? errorReply(500) : undefined)
    await stage({ percent: 50, shadow: false })
    await ask(40)
    await haltedFor('judge_failure_rate: 1.00 against 0.00')
  })

  it('where it runs beside and disagrees', async () => {
    speak = (asked) =>
      isCandidatesReview(asked) ? verdictReply(asked, violation(asked)) : undefined
    await stage({ percent: 0, shadow: true })
    expect(new Set(await ask(15))).toEqual(new Set([`garden@${active.digest}`]))
    await haltedFor('disagreement: 1.00 against 0.30')
  })

  it('where it runs beside a policy in shadow and disagrees', async () => {
    await gateway.close()
    gateway = await startTestGateway({
      upstream: upstream.url,
      strategy: 'tagged',
      policies: (shipped) => ({ ...shipped, bundles: [{ ...active, mode: 'shadow' }] }),
      environment: {
        POLICY,
        POLICY_SIGNERS: JSON.stringify(keySetOf(signer)),
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      },
    })
    speak = (asked) =>
      isCandidatesReview(asked) ? verdictReply(asked, violation(asked)) : undefined
    await stage({ percent: 0, shadow: true })
    await ask(15)
    await haltedFor('disagreement: 1.00 against 0.30')
  })
})

describe('a good candidate', () => {
  it('goes on serving its share, and its figures are there to be read', async () => {
    await stage({ percent: 50, shadow: true })
    await ask(40)
    const figures = async () => (await policy())?.rollout
    const counted = async () => {
      const { active, candidate, reviews } = (await figures()) ?? {}
      return [
        (active?.requests ?? 0) + (candidate?.requests ?? 0),
        (active?.requests ?? 0) - (reviews?.compared ?? 0),
      ]
    }
    await expect.poll(counted).toEqual([40, 0])
    expect(await policy()).toMatchObject({
      state: { action: 'stage', candidate: 1, percent: 50, shadow: true },
      rollout: {
        active: { refusalRate: 0, judgeFailureRate: 0 },
        candidate: { refusalRate: 0, judgeFailureRate: 0 },
        reviews: { disagreements: 0, judgeFailures: 0 },
        guard: GUARD,
        verdict: 'watching',
        reasons: [],
      },
    })
    const { rollout, sections } = (await policy()) ?? {}
    expect(sections?.find(({ section }) => section === 'GRD')?.fired).toBe(rollout?.active.requests)
  })
})

describe('a candidate beside a request', () => {
  const answered = async (body: object) => {
    const response = await gateway.ask(body)
    const text = await response.text()
    const headers = [...response.headers.keys()].sort()
    return { status: response.status, headers, text: withoutIds(text) }
  }
  /** What is new in every answer, whatever is staged. */
  const withoutIds = (text: string) =>
    text.replaceAll(/"id":"[^"]*"/g, '"id":""').replaceAll(/"created":\d+/g, '"created":0')

  it.each([false, true])('changes no byte of the answer, streamed: %s', async (stream) => {
    const before = await answered({ ...CHAT, stream })
    speak = (asked) =>
      isCandidatesReview(asked) ? verdictReply(asked, violation(asked)) : undefined
    await stage({ percent: 0, shadow: true })
    expect(await answered({ ...CHAT, stream })).toEqual(before)
    await expect.poll(async () => (await policy())?.rollout?.reviews.disagreements).toBe(1)
  })

  it('is not waited for: the answer is there while its judge hangs, and so is the end', async () => {
    const hangs = Promise.withResolvers<Asked>()
    speak = (asked) => {
      if (!isCandidatesReview(asked)) return undefined
      hangs.resolve(asked)
      return { stall: 'before-headers' }
    }
    await stage({ percent: 0, shadow: true })
    for (const stream of [false, true]) {
      expect(await answered({ ...CHAT, stream })).toMatchObject({ status: 200 })
    }
    const { request } = await hangs.promise
    const closing = gateway.close()
    await request.aborted
    await closing
  })

  it('is asked for no draft, and never about the reasoning', async () => {
    const kinds: string[] = []
    speak = (asked) => {
      if (isCandidates(asked)) kinds.push(asked.kind)
      return undefined
    }
    await stage({ percent: 0, shadow: true })
    await ask(3)
    await expect.poll(async () => (await policy())?.rollout?.reviews.compared).toBe(3)
    expect(kinds).toEqual(['answer', 'answer', 'answer'])
  })

  it('leaves a row for each transcript, which admins list page by page', async () => {
    speak = (asked) =>
      isCandidatesReview(asked) ? verdictReply(asked, violation(asked)) : undefined
    await stage({ percent: 0, shadow: true })
    const transcripts: (string | null)[] = []
    for (let request = 0; request < 3; request++) {
      const response = await gateway.ask(CHAT)
      await response.arrayBuffer()
      transcripts.unshift(response.headers.get('x-chambers-transcript'))
    }
    const list = (query: string) => call('GET', `/policies/garden/reviews?${query}`)
    await expect.poll(async () => (await list('')).reviews.length).toBe(3)
    const first = await list('limit=2')
    const second = await list(`limit=2&cursor=${first.next}`)
    expect([first.reviews.length, second.next]).toEqual([2, null])
    const rows = [...first.reviews, ...second.reviews]
    expect(rows.map(({ transcript }) => transcript)).toEqual(transcripts)
    expect(rows[0]).toMatchObject({
      policy: 'garden',
      candidate: candidate.digest,
      agreement: 'only_candidate_fails',
      sections: ['GRD'],
      reasons: [expect.stringMatching(/^violation:/)],
      failure: null,
    })
  })
})
