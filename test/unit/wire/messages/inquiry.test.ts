/** Each parameter reaches the model: under its name in chat where it has one there, else as it was sent. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { ask, inquiryOf } from './door.ts'

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } }

describe('a parameter', () => {
  it.each<[JsonObject, JsonObject]>([
    [{ temperature: 0.5 }, { temperature: 0.5 }],
    [{ top_p: 0.5 }, { top_p: 0.5 }],
    [{ top_k: 40 }, { top_k: 40 }],
    [{ stop_sequences: ['END', 'X'] }, { stop: ['END', 'X'] }],
    [{ stop_sequences: [] }, {}],
    [{ metadata: { user_id: 'u1' } }, { user: 'u1' }],
    [{ metadata: { user_id: null } }, {}],
    [{ metadata: { user_id: 'u1', team: 'x' } }, { user: 'u1', metadata: { team: 'x' } }],
    [{ service_tier: 'auto' }, { service_tier: 'auto' }],
    [{ service_tier: 'standard_only' }, { service_tier: 'default' }],
    [{ inference_geo: 'eu' }, { inference_geo: 'eu' }],
    [
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
    ],
    [{ output_config: { effort: 'high' } }, { reasoning_effort: 'high' }],
    [
      { output_config: { task_budget: { total: 9 } } },
      { output_config: { task_budget: { total: 9 } } },
    ],
    [
      { output_config: { format: { type: 'json_schema', schema: SCHEMA } } },
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'output', schema: SCHEMA, strict: true },
        },
      },
    ],
    [
      { output_format: { type: 'json_schema', schema: SCHEMA } },
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'output', schema: SCHEMA, strict: true },
        },
      },
    ],
    [{ cache_control: { type: 'ephemeral' } }, { cache_control: { type: 'ephemeral' } }],
    [{ a_new_one: [1, null] }, { a_new_one: [1, null] }],
    [{ tool_choice: { type: 'auto' } }, { tool_choice: 'auto' }],
    [{ tool_choice: { type: 'any' } }, { tool_choice: 'required' }],
    [{ tool_choice: { type: 'none' } }, { tool_choice: 'none' }],
    [
      { tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true } },
      {
        tool_choice: { type: 'function', function: { name: 'f' } },
        parallel_tool_calls: false,
      },
    ],
  ])('%j is one of the model’s: %j', (sent, parameters) => {
    expect(inquiryOf(sent).parameters).toEqual(parameters)
  })

  it('that is a tool keeps all that it says', () => {
    const cache_control = { type: 'ephemeral' }
    const tools = [
      { name: 'f', description: 'Finds.', input_schema: SCHEMA, strict: true, cache_control },
      { type: 'custom', name: 'g', input_schema: SCHEMA, defer_loading: false },
      { type: 'bash_20250124', name: 'bash' },
    ]
    expect(inquiryOf({ tools }).parameters.tools).toEqual([
      {
        type: 'function',
        function: { name: 'f', description: 'Finds.', parameters: SCHEMA, strict: true },
        cache_control,
      },
      { type: 'function', function: { name: 'g', parameters: SCHEMA }, defer_loading: false },
      { type: 'bash_20250124', name: 'bash' },
    ])
  })
})

describe('an inquiry', () => {
  it('has the limit, without a name of chat’s', () => {
    expect(inquiryOf({ max_tokens: 7 }).limit).toEqual({ tokens: 7, parameter: null })
  })

  it.each([true, false])('is a stream where it is asked for: %s', (stream) => {
    expect(inquiryOf({ stream }).stream).toBe(stream)
  })

  it.each<[JsonObject, string]>([
    [{ stop_sequences: ['END'] }, 'stop'],
    [{ output_config: { format: { type: 'json_schema', schema: SCHEMA } } }, 'structured'],
    [{ tools: [{ name: 'f', input_schema: SCHEMA }] }, 'tools'],
  ])('with %j demands just that: %s', (sent, demand) => {
    const { demands } = inquiryOf(sent)
    expect(Object.entries(demands).filter(([, asked]) => asked)).toEqual([[demand, true]])
  })
})

describe('the reasoning of an answer', () => {
  it.each([
    [{ type: 'enabled', budget_tokens: 1024 }, true],
    [{ type: 'adaptive' }, true],
    [{ type: 'disabled' }, false],
    [undefined, false],
  ])('is carried by the client where thinking is %j: %s', (thinking, carries) => {
    expect(ask(thinking ? { thinking } : {}).carriesReasoning).toBe(carries)
  })
})
