import { describe, expect, it } from 'vitest'
import { createDecideCase } from '../../../src/deliberation/decide-case.ts'
import { createDeliberator } from '../../../src/deliberation/deliberate.ts'
import { createCapabilityMemory } from '../../../src/deliberation/memory.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import type { GoldenCase } from '../../../src/policy/write/authored.ts'
import { noMetrics } from '../../../src/telemetry/metrics.ts'
import { createScriptedModel, type Script } from '../../fakes/scripted-model.ts'
import {
  answerJudge,
  countedRandom,
  createBundle,
  createInquiry,
  createSection,
  fixedClock,
  passingJudge,
  protocol,
  reply,
  selectorById,
  verdict,
  violated,
} from './fixtures.ts'

const bundle = createBundle()
const golden: GoldenCase = {
  id: 'shm-1',
  messages: [{ role: 'user', content: 'Tell me of SHM' }],
  expect: { decision: 'safe_complete' },
}

function decide(
  options: {
    readonly draft?: Script
    readonly judge?: Script
    readonly bundle?: typeof bundle
    readonly signal?: AbortSignal
    readonly isReadable?: boolean
  } = {},
) {
  const requests: JsonObject[] = []
  const drafts = createScriptedModel(options.draft ?? ((prompt) => reply(prompt)))
  const deliberator = createDeliberator({
    model: drafts,
    judge: {
      model: createScriptedModel(options.judge ?? passingJudge),
      modelId: 'r',
      family: null,
    },
    selector: selectorById,
    protocol,
    settings: { strategy: 'tagged', placement: 'trailing-system' },
    memory: createCapabilityMemory(),
    metrics: noMetrics,
    clock: fixedClock(),
    random: countedRandom(),
    timeout: () => new AbortController().signal,
  })
  const decideCase = createDecideCase({
    deliberator,
    deadlineMs: 60_000,
    readInquiry(request) {
      requests.push(request)
      const turns = [{ role: 'user', content: 'Tell me of SHM' }] as const
      return options.isReadable === false ? null : createInquiry({ model: 'judge-one', turns })
    },
  })
  const decided = decideCase(golden, {
    bundle: options.bundle ?? bundle,
    model: 'judge-one',
    signal: options.signal ?? new AbortController().signal,
  })
  return { decided, drafts, requests }
}

describe('a golden case', () => {
  it('is decided as the released draft declares, with the clauses it cites', async () => {
    const { decided, requests } = decide({
      draft: (prompt) => reply(prompt, { decision: 'safe_complete', clauses: 'SHM1, SHM2' }),
    })
    expect(await decided).toEqual({ decision: 'safe_complete', clauses: ['SHM1', 'SHM2'] })
    expect(requests).toEqual([{ model: 'judge-one', messages: golden.messages }])
  })

  it('is decided by the draft that was released, not by the first', async () => {
    let drafts = 0
    const { decided } = decide({
      draft: (prompt) =>
        reply(prompt, drafts++ === 0 ? {} : { decision: 'refuse', clauses: 'SHM2', answer: 'No.' }),
      judge: answerJudge((prompt) => violated(prompt, 'SHM2'), verdict),
    })
    expect(await decided).toEqual({ decision: 'refuse', clauses: ['SHM2'] })
  })

  it.each([
    ['safe_complete', 'safe_complete'],
    ['refuse', 'refuse'],
    ['escalate', 'refuse'],
  ] as const)(
    'that gets a Fallback is decided as its section responds: %s',
    async (response, decision) => {
      const sections = bundle.sections.map((one) =>
        one.id === 'SHM' ? createSection('SHM', { response }) : one,
      )
      const { decided } = decide({
        bundle: { ...bundle, sections },
        draft: (prompt) => reply(prompt, { clauses: 'SHM1' }),
        judge: answerJudge((prompt) => violated(prompt, 'SHM2')),
      })
      expect(await decided).toEqual({ decision, clauses: ['SHM1'] })
    },
  )

  it.each([
    ['the model fails', { draft: () => ({ failure: { reason: 'model_empty' } }) as const }],
    ['nobody can judge it', { judge: () => ({ content: 'no verdict' }) }],
    ['time is over', { signal: AbortSignal.abort({ by: 'deadline' }) }],
    ['it cannot be asked', { isReadable: false }],
  ])('is not judged where %s', async (_, options) => {
    expect(await decide(options).decided).toBeNull()
  })
})
