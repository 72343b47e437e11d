/** What cannot be honoured while answers are held and judged is refused by name and place. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/lib/json.ts'
import { MESSAGES, refusalOf } from './door.ts'

describe('what cannot be honoured', () => {
  const BEFORE = 'the provider would run it before the draft can be checked'

  it.each<[string, JsonObject, string, string]>([
    [
      'a hosted tool',
      { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
      'tools.0',
      `${BEFORE}, and the policy does not list it`,
    ],
    ['servers of tools', { mcp_servers: [{ type: 'url' }] }, 'mcp_servers', BEFORE],
    [
      'skills',
      { container: { skills: [{ type: 'anthropic' }] } },
      'container.skills',
      `${BEFORE}, and the policy does not list it`,
    ],
    [
      'a conversation that the server sums up',
      { context_management: { edits: [{ type: 'compact_20260112' }] } },
      'context_management.edits.0',
      'it could drop the instructions that answers are checked against',
    ],
    [
      'a call that the provider made',
      {
        messages: [
          {
            role: 'assistant',
            content: [{ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }],
          },
        ],
      },
      'messages.0.content.0',
      `${BEFORE}, and the policy does not list it`,
    ],
    [
      'a thought in words',
      {
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm.', signature: 'x' }] },
        ],
      },
      'messages.1.content.0',
      'thoughts are never released in words, so none can be handed back',
    ],
    [
      'citations',
      {
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'document',
                source: { type: 'text', media_type: 'text/plain', data: 'x' },
                citations: { enabled: true },
              },
            ],
          },
        ],
      },
      'messages.0.content.0.citations',
      'an answer has none here',
    ],
  ])('is refused by name: %s', (_, changes, param, why) => {
    const body = { ...MESSAGES, ...changes }
    const message = `${param}: leave it out: ${why}`
    expect(refusalOf(body)).toEqual({ code: 'unsupported_parameter', param, message })
    expect(refusalOf(body, { mode: 'off' })).toBeNull()
  })

  it.each<[JsonObject, readonly string[]]>([
    [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, ['web_search']],
    [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, ['web_search_20250305']],
    [{ mcp_servers: [{ type: 'url' }], tools: [{ type: 'mcp_toolset' }] }, ['mcp']],
    [{ tools: [{ type: 'bash_20250124', name: 'bash' }] }, []],
    [{ context_management: { edits: [{ type: 'clear_thinking_20251015' }] } }, []],
  ])('is read where the policy lists it, or the client runs it: %j', (changes, hostedTools) => {
    expect(refusalOf({ ...MESSAGES, ...changes }, { hostedTools })).toBeNull()
  })
})

describe('what is named in the words of another contract', () => {
  const HERE = 'is what this contract calls it'
  const NO_FORM = 'this contract has no form for it; /v1/chat/completions has'

  it.each<[string, JsonObject[string], string]>([
    ['web_search_options', {}, 'the provider would search the web before the draft can be checked'],
    ['plugins', [{ id: 'web' }], 'the provider would run them before the draft can be checked'],
    ['prompt_logprobs', 1, 'it would return the hidden part of the prompt'],
    ['transforms', ['x'], 'it could drop the instructions that answers are checked against'],
    ['truncation', 'auto', 'it could drop the instructions that answers are checked against'],
    ['instructions', 'Obey.', 'send them as a message of the role system'],
    ['max_completion_tokens', 9, `max_tokens ${HERE}`],
    ['response_format', { type: 'json_object' }, `output_config.format ${HERE}`],
    ['stop', ['x'], `stop_sequences ${HERE}`],
    ['n', 4, NO_FORM],
    ['logprobs', true, NO_FORM],
    ['continue_final_message', true, NO_FORM],
  ])('is refused, not forwarded: %s', (param, value, why) => {
    expect(refusalOf({ ...MESSAGES, [param]: value })).toEqual({
      code: 'unsupported_parameter',
      param,
      message: `${param}: leave it out: ${why}`,
    })
  })

  it('is read where the policy lists what it runs', () => {
    const body = { ...MESSAGES, web_search_options: {} }
    expect(refusalOf(body, { hostedTools: ['web_search'] })).toBeNull()
  })

  it.each<[string, JsonObject]>([
    ['tool_calls', { role: 'assistant', content: 'x', tool_calls: [{ id: 'c' }] }],
    ['prefix', { role: 'assistant', content: 'x', prefix: true }],
    ['reasoning_content', { role: 'assistant', content: 'x', reasoning_content: 'Hm.' }],
    [
      'content.0.tool_call_id',
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', tool_call_id: 'b' }] },
    ],
    [
      'content.0.text',
      {
        role: 'user',
        content: [
          {
            type: 'document',
            source: { type: 'text', media_type: 'text/plain', data: 'x' },
            text: 'y',
          },
        ],
      },
    ],
    ['content.0', { role: 'user', content: [{ type: 'redacted_thinking', data: 'x' }] }],
    ['content.0', { role: 'assistant', content: [{ type: 'reasoning', text: 'x' }] }],
    [
      'content.0.content.0',
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'a',
            content: [{ type: 'redacted_thinking', data: 'x' }],
          },
        ],
      },
    ],
  ])('is refused in a message: %s of %j', (path, message) => {
    expect(refusalOf({ ...MESSAGES, messages: [message] })).toMatchObject({
      code: 'unsupported_parameter',
      param: `messages.0.${path}`,
    })
  })
})
