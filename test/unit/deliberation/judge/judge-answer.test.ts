import { describe, expect, it } from 'vitest'
import type { Answer } from '../../../../src/conversation/outcome.ts'
import {
  type JudgeAnswerRequest,
  judgeAnswer,
} from '../../../../src/deliberation/judge/judge-answer.ts'
import { createCapabilityMemory } from '../../../../src/deliberation/memory.ts'
import { noSpan } from '../../../../src/lib/tracing.ts'
import { type Metrics, noMetrics } from '../../../../src/telemetry/metrics.ts'
import { clausesOf, createScriptedModel, type Script } from '../../../fakes/scripted-model.ts'
import {
  countedRandom,
  createBundle,
  createInquiry,
  fixedClock,
  isReasoningReview,
  passingJudge,
  protocol,
  selectorById,
  violated,
} from '../fixtures.ts'

const textAnswer = (text: string): Answer => ({
  parts: [{ kind: 'text', text }],
  finishReason: 'stop',
  logprobs: null,
})

function look(
  judge: Script,
  changes: Partial<JudgeAnswerRequest> = {},
  metrics: Metrics = noMetrics,
) {
  const model = createScriptedModel(judge)
  const result = judgeAnswer(
    {
      judge: { model, modelId: 'test-reviewer', family: 'other' },
      selector: selectorById,
      memory: createCapabilityMemory(),
      metrics,
      clock: fixedClock(),
      random: countedRandom(),
      timeout: () => new AbortController().signal,
    },
    {
      inquiry: createInquiry(),
      bundle: createBundle(),
      protocol,
      answer: textAnswer('We have Emma.'),
      signal: new AbortController().signal,
      span: noSpan,
      ...changes,
    },
  )
  return { result, calls: model.calls }
}

describe('the review of an answer', () => {
  it('asks the answer channel alone, though the policy gates reasoning too', async () => {
    const { result, calls } = look(passingJudge)
    expect(await result).toMatchObject({
      selected: ['GEN'],
      verdict: { channel: 'answer', sawReasoning: false, passed: true },
      failure: null,
    })
    expect(calls).toHaveLength(1)
    expect(calls.every(({ prompt }) => isReasoningReview(prompt))).toBe(false)
  })

  it('judges by the sections that the answer brought up, and tells those of the conversation', async () => {
    const { result, calls } = look(passingJudge, { answer: textAnswer('About SHM.') })
    expect((await result).selected).toEqual(['GEN'])
    expect(calls.flatMap(({ prompt }) => clausesOf(prompt))).toEqual([
      'GEN1',
      'GEN2',
      'SHM1',
      'SHM2',
    ])
  })

  it('gives the verdict computed by the bundle it was asked about', async () => {
    const { result } = look((prompt) => ({ content: JSON.stringify(violated(prompt, 'GEN2')) }))
    const { verdict } = await result
    expect([verdict?.passed, verdict?.reasons]).toEqual([false, ['violation:GEN2']])
  })

  it('classes and counts a judge that cannot judge', async () => {
    const failed: string[] = []
    const metrics = { ...noMetrics, judgeFailed: (reason: string) => void failed.push(reason) }
    const { result } = look([{ content: '' }], {}, metrics)
    expect(await result).toMatchObject({
      verdict: null,
      failure: { reason: 'judge_empty', channel: 'answer' },
    })
    expect(failed).toEqual(['judge_empty'])
  })
})
