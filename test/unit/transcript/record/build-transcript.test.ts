import { describe, expect, it } from 'vitest'
import type { Segment } from '../../../../src/conversation/model.ts'
import type { Attempt } from '../../../../src/conversation/outcome.ts'
import { Opaque } from '../../../../src/lib/opaque.ts'
import {
  buildRelayTranscript,
  buildTranscript,
} from '../../../../src/transcript/record/build-transcript.ts'
import {
  sampleTranscriptOptions as options,
  sampleAttempt,
  sampleDeliberation,
  sampleVerdict,
} from '../../../fakes/deliberation.ts'

const CONTENT = /PROMPT|REASONING|ANSWER|EVIDENCE|HINT|session one|aaaa/

describe('buildTranscript', () => {
  it('keeps every attempt with its reasoning, verdicts and answer', () => {
    const { attempts } = buildTranscript(options)
    expect(attempts.map(({ number }) => number)).toEqual([1, 2])
    expect(attempts[1]).toMatchObject({
      strategy: 'tagged',
      reasoning: 'REASONING of the model',
      decision: 'safe_complete',
      citedClauses: ['SHM1'],
      citationsVerified: true,
      answer: { parts: [{ kind: 'text', text: 'ANSWER of the model' }] },
      verdicts: [{ channel: 'answer' }, { channel: 'reasoning', sawReasoning: true }],
      failure: null,
    })
  })

  it('keeps the request as the very object the client sent', () => {
    expect(buildTranscript(options).request).toBe(options.request)
  })

  it('says what was decided, per choice', () => {
    const choice = { kind: 'redrafted', attempt: 2, reason: 'score:style' }
    const { outcome, final, time } = buildTranscript(options)
    expect(outcome).toEqual({ ...choice, choices: [{ index: 0, ...choice }] })
    expect(final).toMatchObject([{ index: 0, ...choice, finishReason: 'stop' }])
    expect(time).toBe('2026-01-02T03:04:05.678Z')
  })

  it('adds up drafts and judging apart', () => {
    expect(buildTranscript(options).usage).toMatchObject({
      generation: { promptTokens: 200, completionTokens: 40 },
      judge: { promptTokens: 150, completionTokens: 30, reasoningTokens: 15 },
    })
  })

  it('adds up the attempts of a deliberation that failed', () => {
    const deliberation = {
      ...sampleDeliberation,
      outcome: { ok: false, failure: { reason: 'model_cut' } },
    } as const
    const { usage, outcome, final } = buildTranscript({ ...options, deliberation })
    expect(usage.generation).toMatchObject({ promptTokens: 200, completionTokens: 40 })
    expect(outcome).toEqual({ kind: 'failed', attempt: null, reason: 'model_cut', choices: [] })
    expect(final).toBeNull()
  })

  it('in shadow says `passed`, with what would have been as its reason', () => {
    const { outcome, final } = buildTranscript({ ...options, mode: 'shadow', outcome: 'passed' })
    expect(outcome).toMatchObject({ kind: 'passed', attempt: 2, reason: 'redrafted' })
    expect(final).toBeNull()
  })

  describe('of a draft that could not be split', () => {
    const attempt = {
      ...sampleAttempt,
      draft: null,
      failure: { reason: 'no_boundary' },
      unsplit: {
        output: new Opaque<readonly Segment[]>([
          { channel: 'reasoning', text: 'REASONING of its own' },
          { channel: 'content', text: 'a REASONING that no tag ends' },
        ]),
        toolCalls: [{ id: 'call_1', kind: 'function', name: 'find', arguments: '{}' }],
        finishReason: 'length',
      },
    } as const
    const deliberation = { ...sampleDeliberation, attempts: [attempt] }

    it('keeps what the model wrote, why it ended, and what to change', () => {
      expect(buildTranscript({ ...options, deliberation }).attempts).toMatchObject([
        {
          reasoning: null,
          answer: null,
          failure: { reason: 'no_boundary' },
          unsplit: {
            segments: [
              { channel: 'reasoning', text: 'REASONING of its own' },
              { channel: 'content', text: 'a REASONING that no tag ends' },
            ],
            toolCalls: [{ name: 'find' }],
            finishReason: 'length',
            advice: expect.stringContaining('UPSTREAM_REASONING'),
          },
        },
      ])
    })

    it('keeps its class alone where no content may be kept', () => {
      const principal = { ...options.principal, consent: 'none' } as const
      const { attempts } = buildTranscript({ ...options, deliberation, principal })
      expect(attempts[0]?.failure).toEqual({ reason: 'no_boundary' })
      expect(JSON.stringify(attempts)).not.toMatch(CONTENT)
    })
  })

  describe('of a judge that could not judge', () => {
    const attempt = {
      ...sampleAttempt,
      verdicts: [],
      judgeFailures: [
        {
          reason: 'judge_rejected',
          channel: 'answer',
          status: 400,
          words: new Opaque('PROMPT is too long'),
        },
        {
          reason: 'judge_unparseable',
          channel: 'reasoning',
          words: new Opaque([
            { channel: 'content', text: 'I think the REASONING is fine' } as const,
          ]),
        },
      ],
    } as const
    const deliberation = { ...sampleDeliberation, attempts: [attempt] }

    it('keeps the status and what it or its server wrote', () => {
      expect(buildTranscript({ ...options, deliberation }).attempts[0]?.judgeFailures).toEqual([
        { reason: 'judge_rejected', channel: 'answer', status: 400, words: 'PROMPT is too long' },
        {
          reason: 'judge_unparseable',
          channel: 'reasoning',
          words: 'I think the REASONING is fine',
        },
      ])
    })

    it('keeps class and status alone where no content may be kept', () => {
      const principal = { ...options.principal, consent: 'none' } as const
      const { attempts } = buildTranscript({ ...options, deliberation, principal })
      expect(attempts[0]?.judgeFailures).toEqual([
        { reason: 'judge_rejected', channel: 'answer', status: 400 },
        { reason: 'judge_unparseable', channel: 'reasoning' },
      ])
    })
  })

  it("keeps a failed call as its class, with the upstream's own words", () => {
    const failure = {
      reason: 'model_rejected',
      status: 400,
      code: 'context_length_exceeded',
      type: null,
      param: null,
      detail: new Opaque('too long: PROMPT'),
      headers: {},
    } as const
    const attempts = [{ ...sampleAttempt, draft: null, failure }]
    const deliberation = { ...sampleDeliberation, attempts }
    expect(buildTranscript({ ...options, deliberation }).attempts[0]).toMatchObject({
      reasoning: null,
      answer: null,
      failure: { reason: 'model_rejected', status: 400, detail: 'too long: PROMPT' },
    })
  })

  it('under consent `none` holds nothing that anyone wrote, and still counts', () => {
    const principal = { ...options.principal, consent: 'none' } as const
    const transcript = buildTranscript({ ...options, principal })
    expect(JSON.stringify(transcript)).not.toMatch(CONTENT)
    expect(transcript.attempts).toHaveLength(2)
    expect(transcript.attempts[1]?.verdicts[0]?.scores).toEqual({ helpfulness: 8, style: 9 })
    expect(transcript.selection).toEqual([{ section: 'SHM', score: 0.8, reason: '', full: true }])
  })

  it.each<[string, object]>([
    ['what a model cited', { draft: { ...sampleAttempt.draft, citedClauses: ['PROMPT', 'SHM1'] } }],
    [
      'why a judge disagreed with others',
      {
        verdicts: [
          { ...sampleVerdict, opinions: [{ opinion: 1, stance: 'agree', because: 'PROMPT' }] },
        ],
      },
    ],
    ['whatever a verdict comes to hold', { verdicts: [{ ...sampleVerdict, reply: 'PROMPT' }] }],
    [
      'what a judge said instead of a verdict',
      {
        judgeFailures: [
          { reason: 'judge_refused', channel: 'answer', words: new Opaque('PROMPT') },
        ],
      },
    ],
    ['what a check has found', { checks: [{ name: 'leak', passed: false, found: 'PROMPT' }] }],
    [
      'what a model wrote that nobody could split',
      { draft: null, failure: { reason: 'no_boundary', text: 'PROMPT' } },
    ],
  ])('under consent `none` holds nothing of %s', (_, altered) => {
    const attempt = { ...sampleAttempt, ...altered } as Attempt
    const deliberation = { ...sampleDeliberation, attempts: [attempt] }
    const kept = buildTranscript({ ...options, deliberation })
    expect(JSON.stringify(kept.attempts)).toMatch(CONTENT)
    const principal = { ...options.principal, consent: 'none' } as const
    const { attempts } = buildTranscript({ ...options, principal, deliberation })
    expect(JSON.stringify(attempts)).not.toMatch(CONTENT)
    expect(attempts[0]?.citedClauses).toEqual([])
  })
})

it('a relayed request has no content by its very form', () => {
  const { deliberation: _, request: __, mode: ___, ...origin } = options
  const transcript = buildRelayTranscript({
    ...origin,
    policy: { id: 'default', digest: 'd', revision: 0 },
    protocol: 'p',
    outcome: { kind: 'passed', reason: null },
    usage: null,
    totalMs: 5,
    modelMs: 4,
  })
  expect(transcript).toMatchObject({ mode: 'off', request: null, attempts: [], final: null })
})
