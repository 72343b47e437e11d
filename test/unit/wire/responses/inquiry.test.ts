import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { PARAMETERS } from '../../../../src/wire/parameters.ts'
import { RESPONSES_PARAMETERS } from '../../../../src/wire/responses/parameters.ts'
import { openAiContract } from '../../../fakes/openapi.ts'
import { ask, BASE, refusal } from './ask.ts'

const contract = openAiContract()
const parameters = (fields: JsonObject) => ask(fields).inquiry.parameters

const FUNCTION = {
  type: 'function',
  name: 'f',
  description: 'd',
  parameters: { type: 'object', properties: {} },
  strict: true,
}
const CHAT_FUNCTION = {
  type: 'function',
  function: {
    name: 'f',
    description: 'd',
    parameters: { type: 'object', properties: {} },
    strict: true,
  },
}
const TOOLS = { tools: [FUNCTION] }
const CHAT_TOOLS = { tools: [CHAT_FUNCTION] }

/** What is sent, and what the model is asked with for it beside the turns. */
const REACHES: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ['temperature', { temperature: 0.5 }, { temperature: 0.5 }],
  ['top_p', { top_p: 0.9 }, { top_p: 0.9 }],
  ['service_tier', { service_tier: 'flex' }, { service_tier: 'flex' }],
  ['user', { user: 'u' }, { user: 'u' }],
  ['safety_identifier', { safety_identifier: 's' }, { safety_identifier: 's' }],
  ['prompt_cache_key', { prompt_cache_key: 'k' }, { prompt_cache_key: 'k' }],
  ['prompt_cache_retention', { prompt_cache_retention: '24h' }, { prompt_cache_retention: '24h' }],
  [
    'prompt_cache_options',
    { prompt_cache_options: { ttl: '30m' } },
    { prompt_cache_options: { ttl: '30m' } },
  ],
  ['an unknown one', { x_vendor: { a: [1] } }, { x_vendor: { a: [1] } }],
  ['one of chat alone', { seed: 7, stop: ['x'] }, { seed: 7, stop: ['x'] }],
  ['store: false', { store: false }, { store: false }],
  ['a function', TOOLS, CHAT_TOOLS],
  [
    'a function with all that is null left out, and what chat does not know beside it',
    {
      tools: [{ type: 'function', name: 'f', parameters: null, strict: null, defer_loading: true }],
    },
    { tools: [{ type: 'function', defer_loading: true, function: { name: 'f' } }] },
  ],
  [
    'a tool of free text',
    {
      tools: [
        {
          type: 'custom',
          name: 'sql',
          description: 'd',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
        },
      ],
    },
    {
      tools: [
        {
          type: 'custom',
          custom: {
            name: 'sql',
            description: 'd',
            format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } },
          },
        },
      ],
    },
  ],
  [
    'a choice in a word',
    { ...TOOLS, tool_choice: 'required' },
    { ...CHAT_TOOLS, tool_choice: 'required' },
  ],
  [
    'a choice by name',
    { ...TOOLS, tool_choice: { type: 'function', name: 'f' } },
    { ...CHAT_TOOLS, tool_choice: { type: 'function', function: { name: 'f' } } },
  ],
  [
    'a choice of free text by name',
    { ...TOOLS, tool_choice: { type: 'custom', name: 'sql' } },
    { ...CHAT_TOOLS, tool_choice: { type: 'custom', custom: { name: 'sql' } } },
  ],
  [
    'a choice of several',
    {
      ...TOOLS,
      tool_choice: {
        type: 'allowed_tools',
        mode: 'auto',
        tools: [{ type: 'function', name: 'f' }],
      },
    },
    {
      ...CHAT_TOOLS,
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
    },
  ],
  ['no choice where there are no tools', { tool_choice: 'auto', parallel_tool_calls: true }, {}],
  [
    'parallel_tool_calls',
    { ...TOOLS, parallel_tool_calls: false },
    { ...CHAT_TOOLS, parallel_tool_calls: false },
  ],
  [
    'text.format',
    {
      text: {
        format: {
          type: 'json_schema',
          name: 'n',
          schema: { type: 'object' },
          strict: true,
          description: 'd',
        },
        verbosity: 'low',
      },
    },
    {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', schema: { type: 'object' }, strict: true, description: 'd' },
      },
      verbosity: 'low',
    },
  ],
  [
    'JSON',
    { text: { format: { type: 'json_object' } } },
    { response_format: { type: 'json_object' } },
  ],
  ['plain text', { text: { format: { type: 'text' }, verbosity: null } }, {}],
  ['what text does not know', { text: { x: 1 } }, { text: { x: 1 } }],
  [
    'reasoning.effort',
    { reasoning: { effort: 'low', summary: 'auto', generate_summary: null } },
    { reasoning_effort: 'low' },
  ],
  [
    'what reasoning does not know',
    { reasoning: { effort: null, mode: 'pro' } },
    { reasoning: { mode: 'pro' } },
  ],
  ['logprobs by include', { include: ['message.output_text.logprobs'] }, { logprobs: true }],
  [
    'logprobs by number',
    { top_logprobs: 3, include: ['message.output_text.logprobs'] },
    { logprobs: true, top_logprobs: 3 },
  ],
  ['no logprobs', { top_logprobs: 0, include: [] }, {}],
  [
    'options of a stream',
    { stream: true, stream_options: { include_obfuscation: true, x: 1 } },
    { stream_options: { x: 1 } },
  ],
  ['what is off', { background: false, truncation: 'disabled', previous_response_id: null }, {}],
  ['what bounds the calls of a provider where there are none', { max_tool_calls: 3 }, {}],
  ['metadata, which belongs to the response', { metadata: { a: 'b' } }, {}],
]

describe('a parameter', () => {
  it.each(REACHES)('reaches the model: %s', (_, fields, expected) => {
    expect(parameters(fields)).toEqual(expected)
  })

  it('keeps its place among the others', () => {
    const { inquiry } = ask({ zeta: 1, text: { verbosity: 'low' }, alpha: 2 })
    expect(Object.keys(inquiry.parameters)).toEqual(['zeta', 'verbosity', 'alpha'])
    expect(inquiry.order).toEqual(['model', 'messages', 'zeta', 'verbosity', 'alpha'])
  })

  it('bounds the answer under whichever name the upstream takes', () => {
    expect(ask({ max_output_tokens: 99 }).inquiry.limit).toEqual({ tokens: 99, parameter: null })
    expect(ask({ max_output_tokens: null }).inquiry.limit).toBeNull()
  })

  it('that asks for reasoning to be carried is told apart', () => {
    expect(ask({ include: ['reasoning.encrypted_content'] }).carriesReasoning).toBe(true)
    expect(ask({ include: ['message.output_text.logprobs'] }).carriesReasoning).toBe(false)
  })

  it.each<[JsonObject, string]>([
    [{ text: { format: { type: 'json_object' } } }, 'structured'],
    [{ top_logprobs: 2 }, 'logprobs'],
    [{ stop: 'x' }, 'stop'],
    [TOOLS, 'tools'],
  ])('of %j demands %s alone', (fields, name) => {
    const none = { structured: false, logprobs: false, stop: false, audio: false, tools: false }
    expect(ask(fields).inquiry.demands).toEqual({ ...none, [name]: true })
  })

  it.each<[JsonObject, string]>([
    [{ background: true }, 'background'],
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ conversation: { id: 'conv_1' } }, 'conversation'],
    [{ prompt: { id: 'p' } }, 'prompt'],
    [{ truncation: 'auto' }, 'truncation'],
    [{ context_management: [{ type: 'compaction' }] }, 'context_management'],
    [{ moderation: { model: 'm' } }, 'moderation'],
    [{ n: 2 }, 'n'],
    [{ messages: [{ role: 'user', content: 'x' }] }, 'messages'],
    [{ max_tokens: 5 }, 'max_tokens'],
    [{ max_completion_tokens: 5 }, 'max_completion_tokens'],
    [{ response_format: { type: 'json_object' } }, 'response_format'],
    [{ reasoning_effort: 'low' }, 'reasoning_effort'],
    [{ verbosity: 'low' }, 'verbosity'],
    [{ functions: [{ name: 'f' }] }, 'functions'],
    [{ logprobs: true }, 'logprobs'],
    [{ modalities: ['audio'] }, 'modalities'],
    [{ include: ['file_search_call.results'] }, 'include[0]'],
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [{ tools: [FUNCTION, { type: 'mcp', server_label: 'x' }] }, 'tools[1].type'],
    [{ tools: [{ type: 'local_shell' }] }, 'tools[0].type'],
    [{ tools: [{ type: 'namespace', name: 'x', tools: [] }] }, 'tools[0].type'],
    [{ web_search_options: {} }, 'web_search_options'],
    [{ chat_template: 'x' }, 'chat_template'],
  ])('is refused by name: %j', (fields, param) => {
    expect(refusal(fields)).toMatchObject({ code: 'unsupported_parameter', param })
  })

  it('that starts a tool of a provider goes on where the policy lists it', () => {
    const tools = [{ type: 'web_search', user_location: { type: 'approximate' } }]
    const asked = ask({ tools, max_tool_calls: 2 }, { hostedTools: ['web_search'] })
    expect(asked.inquiry.parameters).toEqual({ tools, max_tool_calls: 2 })
  })

  it.each<[JsonObject, string]>([
    [{ max_output_tokens: 15 }, 'max_output_tokens'],
    [{ temperature: 3 }, 'temperature'],
    [{ top_logprobs: 21 }, 'top_logprobs'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].name'],
    [{ tools: [CHAT_FUNCTION] }, 'tools[0].name'],
    [{ tool_choice: 'sometimes' }, 'tool_choice'],
    [{ text: { format: { type: 'json_schema', name: 'n' } } }, 'text.format.schema'],
    [{ text: { format: 'json' } }, 'text.format'],
    [{ reasoning: 'low' }, 'reasoning'],
    [{ reasoning: { effort: 5 } }, 'reasoning.effort'],
    [{ include: 'x' }, 'include'],
    [{ truncation: 'often' }, 'truncation'],
    [{ instructions: 5 }, 'instructions'],
    [{ stream: 'yes' }, 'stream'],
    [{ metadata: { a: 1 } }, 'metadata'],
    [{ input: [] }, 'input'],
    [{ input: 5 }, 'input'],
    [{ seed: 'x' }, 'seed'],
  ])('is held to type and range: %j', (fields, param) => {
    expect(refusal(fields)).toMatchObject({ code: 'invalid_request', param })
  })

  it.each(['model', 'input'])('%s is missing', (name) => {
    expect(refusal({ [name]: null })).toEqual({
      code: 'invalid_request',
      param: name,
      message: `Send ${name}: it is missing`,
    })
  })

  it.skipIf(!contract)('of the document stands in the table, or is what it is in chat', () => {
    const names = contract?.properties('CreateResponse') ?? []
    expect(names.length).toBeGreaterThan(28)
    const known = { ...PARAMETERS, ...RESPONSES_PARAMETERS }
    expect(names.filter((name) => !Object.hasOwn(known, name))).toEqual([])
    expect(names.filter((name) => !known[name]?.check)).toEqual([])
  })
})

describe('the name of a parameter that an upstream is at odds with', () => {
  const { nameOf } = ask({ instructions: 'x', input: [{ role: 'user', content: 'y' }] })

  it.each([
    ['response_format.json_schema.schema', 'text.format.schema'],
    ['response_format', 'text.format'],
    ['verbosity', 'text.verbosity'],
    ['reasoning_effort', 'reasoning.effort'],
    ['max_tokens', 'max_output_tokens'],
    ['logprobs', 'include'],
    ['tools[0].function.parameters', 'tools[0].parameters'],
    ['tool_choice.function.name', 'tool_choice.name'],
    ['messages', 'input'],
    ['messages[1].content', 'input[0].content'],
    ['messages[0].content', null],
    ['temperature', 'temperature'],
  ])('%s is %s', (param, name) => {
    expect(nameOf?.(param)).toBe(name)
  })
})

describe('who asks, and what was said first', () => {
  it('is told of the body as it is', () => {
    expect(ask({ user: 'u' }).body).toEqual({ ...BASE, user: 'u' })
  })
})
