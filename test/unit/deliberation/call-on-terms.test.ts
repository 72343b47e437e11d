/** What the gateway adds to a call and a server refuses: taken back, once, remembered, and never told to the client. */
import { describe, expect, it } from 'vitest'
import type { ModelFailure, Prompt } from '../../../src/conversation/model.ts'
import type { Inquiry } from '../../../src/conversation/outcome.ts'
import { createCapabilityMemory } from '../../../src/deliberation/memory.ts'
import { Opaque } from '../../../src/lib/opaque.ts'
import type { ScriptedReply } from '../../fakes/scripted-model.ts'
import { ANSWER, releasedTexts, reply, run, verdict } from './fixtures.ts'

type Rejection = Extract<ModelFailure, { reason: 'model_rejected' }>

const refusal = (changes: Partial<Rejection> = {}): ScriptedReply => ({
  failure: {
    reason: 'model_rejected',
    status: 400,
    code: null,
    param: null,
    concern: null,
    detail: new Opaque('the prompt'),
    headers: {},
    ...changes,
  },
})

const settings = { strategy: 'auto', placement: 'auto' } as const
const limit = { tokens: 4096, parameter: 'max_tokens' }
const inFormOf = (prompt: Prompt) => prompt.turns.map(({ role }) => role).join(' ')

/** Two requests in turn against a server that refuses each prompt for which `refuse` has a refusal. */
async function twice(
  refuse: (prompt: Prompt) => ScriptedReply | null,
  inquiry: Partial<Inquiry> = {},
) {
  const ports = { settings, memory: createCapabilityMemory() }
  const asked = async () => {
    const { result, drafts } = run({
      ports,
      inquiry,
      draft: (prompt) => refuse(prompt) ?? reply(prompt),
    })
    return { texts: releasedTexts(await result), prompts: drafts.calls.map(({ prompt }) => prompt) }
  }
  return { first: await asked(), second: await asked(), facts: ports.memory.recall('test-model') }
}

describe.each(['named', 'bland'] as const)(
  'an addition that a server refuses in a %s way',
  (how) => {
    const named = (changes: Partial<Rejection>) => refusal(how === 'named' ? changes : {})

    it('is left out: the counting of a stream', async () => {
      const { first, second, facts } = await twice(
        ({ stream, countsStream }) =>
          stream && countsStream ? named({ concern: 'usage', status: 422 }) : null,
        { stream: true },
      )
      expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
      expect([first.prompts.length, second.prompts.length]).toEqual([2, 1])
      expect(facts).toMatchObject({ countsStream: false, placement: 'trailing-system' })
    })

    it('is made smaller: the budget on top of the limit of the client', async () => {
      const { first, second } = await twice(
        ({ parameters }) =>
          Number(parameters.max_tokens) > 4096
            ? named({ concern: 'limit', param: 'max_tokens', code: 'invalid_value' })
            : null,
        { limit },
      )
      expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
      // From then on in two passes, which bound exactly.
      expect(second.prompts.map(({ parameters }) => parameters.max_tokens)).toEqual([1000, 4096])
    })

    it('is placed elsewhere: instructions behind the conversation', async () => {
      const { first, second, facts } = await twice((prompt) =>
        inFormOf(prompt).lastIndexOf('system') > 0 ? named({ concern: 'turns' }) : null,
      )
      expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
      expect(first.prompts.length).toBe(3)
      expect(second.prompts.length).toBe(1)
      expect(facts.placement).toBe('leading-merged')
    })

    it('is left out: the bound where the client sets none', async () => {
      const { first, second, facts } = await twice(({ parameters }) =>
        'max_tokens' in parameters || 'max_completion_tokens' in parameters
          ? named({ concern: 'limit', code: 'unsupported_parameter', param: 'max_tokens' })
          : null,
      )
      expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
      expect(second.prompts.length).toBe(1)
      expect(facts.limitName).toBeNull()
    })

    it('is left out: what forbids calls in a first pass', async () => {
      const demands = { structured: true, logprobs: false, stop: false, audio: false, tools: true }
      const parameters = { tools: [{ type: 'function', function: { name: 'find' } }] }
      const { first, second } = await twice(
        (prompt) => ('tool_choice' in prompt.parameters ? named({ concern: 'tool_choice' }) : null),
        { demands, parameters },
      )
      expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
      expect(second.prompts.length).toBe(2)
    })
  },
)

describe("a client's limit without a name of chat's", () => {
  const unnamed = { tokens: 500, parameter: null }
  const unknown = (param: string) =>
    refusal({ concern: 'limit', code: 'unsupported_parameter', param })

  it('goes by the name that the server takes, and by that alone from then on', async () => {
    const { first, second } = await twice(
      ({ parameters }) => ('max_tokens' in parameters ? unknown('max_tokens') : null),
      { limit: unnamed },
    )
    expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
    const bounds = [...first.prompts.slice(1), ...second.prompts].map(
      ({ parameters }) => parameters.max_completion_tokens,
    )
    expect(bounds).not.toContain(undefined)
  })

  it('is sent even to a server that was found to take no bound', async () => {
    const memory = createCapabilityMemory()
    memory.learn('test-model', { limitName: null })
    const { result, drafts } = run({
      ports: { settings, memory },
      inquiry: { limit: unnamed },
      draft: (prompt) =>
        'max_tokens' in prompt.parameters ? unknown('max_tokens') : reply(prompt),
    })
    const { outcome } = await result
    expect(drafts.calls.every(({ prompt }) => 'max_tokens' in prompt.parameters)).toBe(true)
    expect(outcome).toMatchObject({
      ok: false,
      failure: { reason: 'model_rejected', param: 'max_tokens' },
    })
  })
})

describe('an addition that a server refuses', () => {
  it('may be two at once, each of them named', async () => {
    const { first, second } = await twice(
      ({ parameters, countsStream }) => {
        if (countsStream) return refusal({ concern: 'usage' })
        return Number(parameters.max_tokens) > 4096 ? refusal({ concern: 'limit' }) : null
      },
      { stream: true },
    )
    expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
    expect([first.prompts.length, second.prompts.length]).toEqual([3, 1])
  })

  it('may be two at once, neither of them named', async () => {
    const { first, second } = await twice((prompt) => {
      const trails = inFormOf(prompt).lastIndexOf('system') > 0
      return trails || 'max_tokens' in prompt.parameters ? refusal() : null
    })
    expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
    expect(second.prompts.length).toBe(1)
  })

  it('is bounded by what the server says that it writes at most', async () => {
    const { first, facts } = await twice(({ parameters }) =>
      Number(parameters.max_tokens) > 8192
        ? refusal({ concern: 'limit', tokens: { prompt: null, context: null, output: 8192 } })
        : null,
    )
    expect(first.prompts.map(({ parameters }) => parameters.max_tokens)).toEqual([15_336, 8192])
    expect(facts).toMatchObject({ outputTokens: 8192 })
  })

  it("is not remembered with one client's limit, which says nothing of what others may ask for", async () => {
    const small = { tokens: 300, parameter: 'max_tokens' }
    const memory = createCapabilityMemory()
    const asked = async (changes: Partial<Inquiry>) => {
      const { result, drafts } = run({
        ports: { settings: { strategy: 'tagged', placement: 'auto' }, memory },
        inquiry: changes,
        draft: (prompt) =>
          Number(prompt.parameters.max_tokens) > 500
            ? refusal({ concern: 'limit' })
            : reply(prompt),
      })
      await result
      return drafts.calls.map(({ prompt }) => prompt.parameters.max_tokens)
    }
    expect(await asked({ limit: small })).toEqual([1300, 300])
    expect(memory.recall('test-model').outputTokens).toBeUndefined()
  })

  it('goes by the other name where the server knows only that', async () => {
    const { first, facts } = await twice(({ parameters }) =>
      'max_tokens' in parameters
        ? refusal({ concern: 'limit', code: 'unsupported_parameter', param: 'max_tokens' })
        : null,
    )
    expect(first.prompts.at(-1)?.parameters).toMatchObject({ max_completion_tokens: 15_336 })
    expect(facts.limitName).toBe('max_completion_tokens')
  })

  it('was not too high where only its name was refused, in words that name no number', async () => {
    const { second } = await twice(({ parameters }) =>
      'max_tokens' in parameters ? refusal({ concern: 'limit', param: 'max_tokens' }) : null,
    )
    expect(second.prompts.map(({ parameters }) => parameters.max_completion_tokens)).toEqual([
      15_336,
    ])
  })

  it.each(['rate_limit_exceeded', 'insufficient_quota'])(
    'is made smaller where the account is too small for it: %s',
    async (code) => {
      const { first, second } = await twice(({ parameters }) =>
        Number(parameters.max_tokens) > 5000
          ? refusal({ status: 429, code, concern: 'limit' })
          : null,
      )
      expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
      expect(second.prompts.length).toBe(1)
    },
  )

  it('leaves room for the prompt, where prompt and bound are more than the model holds', async () => {
    const tokens = { prompt: 3000, context: 8192, output: null }
    const { first, second, facts } = await twice(({ parameters }) =>
      Number(parameters.max_tokens) > 5192
        ? refusal({ code: 'context_length_exceeded', tokens })
        : null,
    )
    expect(first.prompts.map(({ parameters }) => parameters.max_tokens)).toEqual([15_336, 5192])
    expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
    expect(facts).toMatchObject({ contextTokens: 8192 })
  })

  it('is the role: a template without a system role gets all of it from the user', async () => {
    const { first, second, facts } = await twice(
      (prompt) => (inFormOf(prompt).includes('system') ? refusal({ concern: 'role' }) : null),
      { turns: [{ role: 'user', content: 'Which novels do you have?' }] },
    )
    expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
    expect(second.prompts.map(inFormOf)).toEqual(['user'])
    expect(facts.placement).toBe('leading-user')
  })

  it('is the stream itself: the answer is held anyway', async () => {
    const { first, second } = await twice(
      ({ stream }) => (stream ? refusal({ concern: 'stream' }) : null),
      { stream: true },
    )
    expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
    expect(second.prompts.map(({ stream }) => stream)).toEqual([false])
  })

  it.each([
    ['with words', refusal({ status: 500, concern: 'turns' })],
    ['without a word', { failure: { reason: 'model_error_status', status: 500 } } as ScriptedReply],
  ])('is a template that breaks with 500, %s', async (_, broken) => {
    const { first, second } = await twice((prompt) =>
      inFormOf(prompt).lastIndexOf('system') > 0 ? broken : null,
    )
    expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
    expect(second.prompts.length).toBe(1)
  })

  it('is not moved where an operator has set the placement', async () => {
    const { result, drafts } = run({
      ports: { settings: { strategy: 'tagged', placement: 'trailing-system' } },
      draft: () => refusal({ concern: 'turns' }),
    })
    expect(releasedTexts(await result)).toBe('model_rejected')
    expect(drafts.calls).toHaveLength(1)
  })
})

describe('a refusal that stays', () => {
  const told = async (failure: ScriptedReply, inquiry: Partial<Inquiry> = {}) => {
    const { result, drafts } = run({ ports: { settings }, inquiry, draft: () => failure })
    const { outcome } = await result
    return { failure: outcome.ok ? null : outcome.failure, calls: drafts.calls.length }
  }

  it('is told with its parameter where the client sent that, after one call', async () => {
    const { failure, calls } = await told(
      refusal({ param: 'temperature', concern: 'other', code: 'unsupported_value' }),
    )
    expect(failure).toMatchObject({ param: 'temperature', code: 'unsupported_value' })
    expect(calls).toBe(1)
  })

  it.each([
    ['tools[0].function.name', 'tools[0].function.name'],
    ['tools.0.function.secret', 'tools[0].function'],
    ['temperature.secret', 'temperature'],
    ['secret', null],
    ['constructor', null],
    ['messages[1].content', 'messages'],
  ])('names of a path %s what the client sent: %s', async (param, sent) => {
    const parameters = { temperature: 1, tools: [{ type: 'function', function: { name: 'f' } }] }
    const { failure } = await told(refusal({ param, concern: 'other' }), { parameters })
    expect(failure).toMatchObject({ reason: 'model_rejected', param: sent })
  })

  it("is the client's own where its limit is refused even without the budget", async () => {
    const { failure } = await told(refusal({ param: 'max_tokens', concern: 'limit' }), { limit })
    expect(failure).toMatchObject({ reason: 'model_rejected', param: 'max_tokens' })
  })

  it.each([
    ['a bound', { param: 'max_tokens', concern: 'limit' }],
    ['the counting of a stream', { param: 'stream_options', concern: 'usage' }],
  ] as const)('says nothing of %s that the client did not send', async (_, changes) => {
    const { failure } = await told(refusal({ ...changes, code: 'unsupported_parameter' }))
    expect(failure).toMatchObject({ status: 400, code: null, param: null })
  })

  it.each([
    [402, 'insufficient_quota', 'limit'],
    [404, 'model_not_found', 'stream'],
    [400, 'content_filter', 'format'],
    [429, 'rate_limit_exceeded', 'limit'],
  ] as const)(
    'keeps its cause, whatever else it speaks of: %i %s',
    async (status, code, concern) => {
      const { failure } = await told(refusal({ status, code, concern, param: 'max_tokens' }))
      expect(failure).toMatchObject({ code, param: null })
    },
  )

  it('names no parameter that the client did not send', async () => {
    const { failure } = await told(refusal({ param: 'seed', concern: 'other' }))
    expect(failure).toMatchObject({ reason: 'model_rejected', param: null })
  })

  it.each(['rate_limit_exceeded', 'insufficient_quota'])(
    'is asked for less once, and by no other name, where the account is spent: %s',
    async (code) => {
      const { result, drafts } = run({
        ports: { settings },
        draft: () => refusal({ status: 429, code, concern: 'limit' }),
      })
      expect(releasedTexts(await result)).toBe('model_rejected')
      const asked = drafts.calls.map(({ prompt }) => prompt.parameters.max_tokens)
      expect(asked).toEqual([15_336, 4096])
    },
  )

  it('is bounded in calls, however little it says', async () => {
    const bland = await told(refusal(), { stream: true, limit })
    expect(bland.calls).toBeLessThanOrEqual(6)
    let which = 0
    const concerns = ['usage', 'limit', 'turns', 'role', 'stream', 'tool_choice'] as const
    const { result, drafts } = run({
      ports: { settings },
      inquiry: { stream: true },
      draft: () => refusal({ concern: concerns[which++ % concerns.length] ?? null }),
    })
    expect((await result).outcome.ok).toBe(false)
    expect(drafts.calls.length).toBeLessThanOrEqual(10)
  })

  it('costs less of a model that has taken all of it before', async () => {
    const ports = { settings, memory: createCapabilityMemory() }
    await run({ ports, inquiry: { stream: true } }).result
    const { result, drafts } = run({ ports, inquiry: { stream: true }, draft: () => refusal() })
    expect(releasedTexts(await result)).toBe('model_rejected')
    expect(drafts.calls).toHaveLength(3)
  })

  it('of a conversation that is too long says what it and the policy took', async () => {
    const tokens = { prompt: 9000, context: 8192, output: null }
    const { failure, calls } = await told(refusal({ code: 'context_length_exceeded', tokens }))
    expect(calls).toBe(1)
    const { spent } = failure as Rejection
    expect((spent?.conversation ?? 0) + (spent?.policy ?? 0)).toBe(9000)
    expect(spent?.policy).toBeGreaterThan(spent?.conversation ?? 0)
  })

  it('of one that tells nothing is tried without the bound, then told with estimates', async () => {
    const { failure, calls } = await told(refusal({ code: 'context_length_exceeded' }))
    expect(calls).toBe(2)
    const { spent } = failure as Rejection
    expect(spent?.conversation).toBeGreaterThan(10)
    expect(spent?.policy).toBeGreaterThan(100)
  })
})

describe('what a review adds', () => {
  const format = ({ parameters }: Prompt) =>
    (parameters.response_format as { type?: string } | undefined)?.type ?? 'none'
  const reviewed = async (refuse: (prompt: Prompt) => ScriptedReply | null) => {
    const ports = { memory: createCapabilityMemory() }
    const once = async () => {
      const { result, reviews } = run({
        ports,
        judge: (prompt) => refuse(prompt) ?? { content: JSON.stringify(verdict(prompt)) },
      })
      return {
        texts: releasedTexts(await result),
        prompts: reviews.calls.map((call) => call.prompt),
      }
    }
    return { first: await once(), second: await once() }
  }

  it('has a bound of its own', async () => {
    const { first } = await reviewed(() => null)
    expect(first.prompts[0]?.parameters.max_tokens).toBeGreaterThan(8192)
  })

  it('is a looser form where the server names the strict one', async () => {
    const { first, second } = await reviewed((prompt) =>
      format(prompt) === 'json_schema' ? refusal({ concern: 'format' }) : null,
    )
    expect(first.texts).toEqual([ANSWER])
    expect(second.prompts.map(format)).toEqual(['json_object', 'json_object'])
  })

  it('is no form where the server takes neither', async () => {
    const { second } = await reviewed((prompt) =>
      format(prompt) === 'none' ? null : refusal({ concern: 'format' }),
    )
    expect(second.prompts.map(format)).toEqual(['none', 'none'])
  })

  it('is a smaller bound', async () => {
    const { second } = await reviewed(({ parameters }) =>
      Number(parameters.max_tokens) > 4096 ? refusal({ concern: 'limit' }) : null,
    )
    expect(second.prompts.map(({ parameters }) => parameters.max_tokens)).toEqual([4096, 4096])
  })

  it('is one turn where the template knows no system role', async () => {
    const { first, second } = await reviewed((prompt) =>
      prompt.turns[0]?.role === 'system' ? refusal({ concern: 'role' }) : null,
    )
    expect(first.texts).toEqual([ANSWER])
    expect(second.prompts.map(inFormOf)).toEqual(['user', 'user'])
  })
})

describe.each(['named', 'bland'] as const)(
  'an aside of another contract, refused in a %s way',
  (how) => {
    const asides = ['cache_control', 'thinking', 'is_error']
    const mark = { cache_control: { type: 'ephemeral' } }
    const marked: Partial<Inquiry> = {
      asides,
      parameters: {
        thinking: { type: 'adaptive' },
        temperature: 1,
        tools: [{ type: 'function', function: { name: 'f' }, ...mark }],
      },
      turns: [
        { role: 'user', content: [{ kind: 'text', text: 'Hi', extra: mark }] },
        {
          role: 'assistant',
          content: null,
          toolCalls: [{ id: 't1', kind: 'function', name: 'f', arguments: '{}', extra: mark }],
        },
        { role: 'tool', toolCallId: 't1', content: 'No.', extra: { is_error: true } },
      ],
    }
    const holds = (prompt: Prompt) =>
      asides.some((name) => JSON.stringify(prompt).includes(`"${name}":`))
    const refuse = (prompt: Prompt) =>
      holds(prompt) ? refusal(how === 'named' ? { concern: 'aside' } : {}) : null

    it('is left out, once and for all, and nothing else is', async () => {
      const { first, second, facts } = await twice(refuse, marked)
      expect([first.texts, second.texts]).toEqual([[ANSWER], [ANSWER]])
      expect(second.prompts.map(holds)).toEqual(second.prompts.map(() => false))
      expect(facts.asides).toBe(false)
      const { turns, parameters } = second.prompts.at(-1) ?? {}
      expect(parameters).toMatchObject({
        temperature: 1,
        tools: [{ type: 'function', function: { name: 'f' } }],
      })
      expect(turns).toContainEqual(
        expect.objectContaining({ role: 'tool', toolCallId: 't1', content: 'No.' }),
      )
    })

    it('goes along with a server that takes it', async () => {
      const { first, facts } = await twice(() => null, marked)
      expect(first.prompts.some(holds)).toBe(true)
      expect(facts.asides).toBe(true)
    })
  },
)

it('a field of chat that is called like an aside is told to the client that sent it', async () => {
  const { first } = await twice(
    ({ parameters }) =>
      parameters.thinking ? refusal({ concern: 'aside', param: 'thinking' }) : null,
    { parameters: { thinking: { type: 'enabled' } } },
  )
  expect([first.texts, first.prompts.length]).toEqual(['model_rejected', 1])
})
