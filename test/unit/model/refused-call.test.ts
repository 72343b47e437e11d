/** Refusals as servers write them, each told apart; and every recorded one, where the recordings are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ModelFailure } from '../../../src/conversation/model.ts'
import { refusedCall, refusedWithin } from '../../../src/model/refused-call.ts'

const refuse = (
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
  bound = 16384,
) =>
  refusedCall(
    new Response(null, { status, headers }),
    typeof body === 'string' ? body : JSON.stringify(body),
    bound,
  )

const openai = (message: string, fields: object = {}) => ({
  error: { message, type: 'invalid_request_error', param: null, code: null, ...fields },
})

const TOO_LONG: readonly [
  server: string,
  status: number,
  body: unknown,
  prompt: number | null,
  context: number | null,
][] = [
  [
    'OpenAI',
    400,
    openai(
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.",
      { code: 'context_length_exceeded', param: 'messages' },
    ),
    9000,
    8192,
  ],
  [
    'OpenAI, completion counted',
    400,
    openai(
      "This model's maximum context length is 4097 tokens. However, you requested 5000 tokens (3000 in the messages, 2000 in the completion).",
    ),
    3000,
    4097,
  ],
  [
    'OpenAI, Responses',
    400,
    openai(
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
    ),
    null,
    null,
  ],
  [
    'vLLM',
    400,
    {
      object: 'error',
      message:
        "This model's maximum context length is 4096 tokens. However, you requested 21384 tokens (5000 in the messages, 16384 in the completion). Please reduce the length.",
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
    5000,
    4096,
  ],
  [
    'vLLM, newer',
    400,
    openai(
      "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens. Please reduce the length of the input messages.",
      { type: 'BadRequestError', code: 400 },
    ),
    5000,
    4096,
  ],
  [
    'vLLM, a bound too large',
    400,
    openai(
      "'max_tokens' or 'max_completion_tokens' is too large: 16384. This model's maximum context length is 8192 tokens and your request has 500 input tokens (16384 > 8192 - 500).",
      { code: 400 },
    ),
    500,
    8192,
  ],
  [
    'vLLM, latest',
    400,
    openai(
      "You passed 5000 input tokens and requested 1000 output tokens. However, the model's context length is only 4096 tokens, resulting in a maximum input length of 3096 tokens.",
    ),
    5000,
    4096,
  ],
  [
    'vLLM, of a prompt',
    400,
    openai(
      'The decoder prompt (length 9000) is longer than the maximum model length of 8192. Make sure that `max_model_len` is no smaller than the number of text tokens.',
      { type: 'BadRequestError', code: 400 },
    ),
    9000,
    8192,
  ],
  [
    'vLLM, of a prompt with pictures',
    400,
    openai(
      'The decoder prompt (total length 9000) is too long to fit into the model (context length 8192).',
      { type: 'BadRequestError', code: 400 },
    ),
    9000,
    8192,
  ],
  [
    'llama.cpp',
    400,
    {
      error: {
        code: 400,
        message: 'the request exceeds the available context size, try increasing it',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 5000,
        n_ctx: 4096,
      },
    },
    5000,
    4096,
  ],
  [
    'llama.cpp, older',
    500,
    {
      error: {
        code: 500,
        message:
          'the request exceeds the available context size. try increasing the context size or enable context shift',
        type: 'server_error',
      },
    },
    null,
    null,
  ],
  [
    'llama-cpp-python',
    400,
    openai('Requested tokens (5000) exceed context window of 2048'),
    5000,
    2048,
  ],
  [
    'LM Studio',
    400,
    { error: 'The model has crashed. Reason: Context size has been exceeded.' },
    null,
    null,
  ],
  [
    'LM Studio, of a prompt',
    400,
    {
      error:
        'Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
    },
    9000,
    4096,
  ],
  [
    'LM Studio, newer',
    400,
    {
      error:
        'The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length, or provide a shorter input',
    },
    null,
    null,
  ],
  [
    'Ollama',
    400,
    openai('prompt too long; exceeded max context length by 1119046 tokens'),
    null,
    null,
  ],
  ['Ollama, older', 500, { error: 'the input length exceeds the context length' }, null, null],
  [
    'Anthropic',
    400,
    {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: 'prompt is too long: 210000 tokens > 200000 maximum',
      },
    },
    210000,
    200000,
  ],
  [
    'Anthropic, with output',
    400,
    {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message:
          'input length and `max_tokens` exceed context limit: 199211 + 20000 > 200000, decrease input length or `max_tokens` and try again',
      },
    },
    199211,
    200000,
  ],
  [
    'LiteLLM',
    400,
    openai(
      "litellm.ContextWindowExceededError: litellm.BadRequestError: OpenAIException - This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
      { type: null, code: '400' },
    ),
    9000,
    8192,
  ],
  [
    'SGLang',
    400,
    {
      object: 'error',
      message: "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
      type: 'BadRequestError',
      code: 400,
    },
    5000,
    4096,
  ],
  [
    'SGLang, with output',
    400,
    {
      object: 'error',
      message:
        "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens: 3000 tokens from the input messages and 2000 tokens for the completion.",
      code: 400,
    },
    3000,
    4096,
  ],
  [
    'TensorRT-LLM',
    400,
    openai(
      'The sum of prompt length (12000.0), query length (0) and max_tokens (2049) should not exceed max_num_tokens (8192)',
    ),
    12000,
    8192,
  ],
  [
    'TensorRT-LLM on Triton',
    500,
    { error: 'prompt length (5000) exceeds maximum input length (4096). Set log level to info' },
    5000,
    4096,
  ],
  [
    'TGI',
    422,
    {
      error:
        'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 2000 `max_new_tokens`',
      error_type: 'validation',
    },
    5000,
    4096,
  ],
  [
    'Gemini',
    400,
    [
      {
        error: {
          code: 400,
          message:
            'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
    1200000,
    1048576,
  ],
  [
    'Vertex AI',
    400,
    openai(
      'Unable to submit request because the input token count is 40000 but model only supports up to 32768.',
    ),
    40000,
    32768,
  ],
  [
    'watsonx',
    400,
    openai('the number of input tokens 9000 cannot exceed the total tokens limit 8192'),
    9000,
    8192,
  ],
  [
    'GitHub, by size',
    413,
    openai('Request body too large for gpt-4o model. Max size: 8000 tokens.', {
      code: 'tokens_limit_reached',
    }),
    null,
    8000,
  ],
  [
    'Mistral',
    400,
    {
      object: 'error',
      message:
        'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
      type: 'invalid_request_error',
      code: 3051,
    },
    40000,
    32768,
  ],
  [
    'Groq',
    400,
    openai('Please reduce the length of the messages or completion.', {
      code: 'context_length_exceeded',
      param: 'messages',
    }),
    null,
    null,
  ],
  [
    'Cerebras',
    400,
    {
      message:
        'Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192',
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    },
    9000,
    8192,
  ],
  [
    'DeepSeek',
    400,
    openai(
      "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens (70000 in the messages, 0 in the completion).",
      { code: 'invalid_request_error' },
    ),
    70000,
    65536,
  ],
  [
    'xAI',
    400,
    {
      code: 'Client specified an invalid argument',
      error: "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
    },
    140000,
    131072,
  ],
  [
    'GitHub',
    400,
    openai('prompt token count of 70000 exceeds the limit of 64000', {
      code: 'model_max_prompt_tokens_exceeded',
    }),
    70000,
    64000,
  ],
  [
    'OpenRouter',
    400,
    {
      error: {
        message:
          "This endpoint's maximum context length is 32,768 tokens. However, you requested about 40,000 tokens (40,000 of text input).",
        code: 400,
        metadata: { provider_name: null },
      },
    },
    40000,
    32768,
  ],
  [
    'OpenRouter, from a provider',
    400,
    {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: { raw: '{"error":{"message":"prompt is too long: 9000 tokens > 8192 maximum"}}' },
      },
    },
    9000,
    8192,
  ],
  ['Bedrock', 400, { message: 'Input is too long for requested model.' }, null, null],
  [
    'Moonshot',
    400,
    openai('Invalid request: Your request exceeded model token limit: 8192'),
    null,
    8192,
  ],
  [
    'DashScope',
    400,
    openai('Range of input length should be [1, 30720]', { code: 'invalid_parameter_error' }),
    null,
    30720,
  ],
  [
    'Perplexity',
    400,
    {
      error: {
        message: 'The total length of all messages is too long.',
        type: 'too_many_prompt_tokens',
        code: 400,
      },
    },
    null,
    null,
  ],
  [
    'Cohere',
    400,
    {
      message:
        'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.',
    },
    null,
    4081,
  ],
  [
    'a proxy, as text',
    400,
    'Bad request: prompt is too long: 9000 tokens > 8192 maximum',
    9000,
    8192,
  ],
]

describe('a conversation that is too long', () => {
  it.each(TOO_LONG)('is told by %s', (_, status, body, prompt, context) => {
    const failure = refuse(status, body)
    expect(failure).toMatchObject({ reason: 'model_rejected', code: 'context_length_exceeded' })
    const tokens = failure.reason === 'model_rejected' ? failure.tokens : undefined
    expect([tokens?.prompt ?? null, tokens?.context ?? null]).toEqual([prompt, context])
  })
})

describe('the words of a refusal', () => {
  it.each(TOO_LONG)('are sealed: %s', (_, status, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const failure = JSON.stringify(refuse(status, `${text} `))
    const words = text.match(/[a-z]{4,} [a-z]{4,}/gi) ?? []
    expect(words.filter((word) => failure.includes(word))).toEqual([])
  })
})

describe('another cause', () => {
  it.each<[string, number, unknown, string]>([
    [
      'OpenAI',
      404,
      openai('The model `x` does not exist or you do not have access to it.', {
        code: 'model_not_found',
      }),
      'model_not_found',
    ],
    [
      'OpenAI, as 400',
      400,
      openai('no', { code: 'model_not_found', param: 'model' }),
      'model_not_found',
    ],
    [
      'vLLM',
      404,
      {
        object: 'error',
        message: 'The model `x` does not exist.',
        type: 'NotFoundError',
        param: 'model',
        code: 404,
      },
      'model_not_found',
    ],
    ['Ollama', 404, { error: "model 'x:latest' not found" }, 'model_not_found'],
    [
      'Azure',
      404,
      {
        error: {
          code: 'DeploymentNotFound',
          message: 'The API deployment for this resource does not exist.',
        },
      },
      'model_not_found',
    ],
    ['DeepSeek', 400, openai('Model Not Exist'), 'model_not_found'],
    [
      'OpenRouter',
      400,
      { error: { message: 'x is not a valid model ID', code: 400 } },
      'model_not_found',
    ],
    [
      'LiteLLM',
      400,
      openai('Invalid model name passed in model=x. Call `/v1/models` to view available models'),
      'model_not_found',
    ],
    [
      'OpenAI',
      429,
      openai('You exceeded your current quota', {
        code: 'insufficient_quota',
        type: 'insufficient_quota',
      }),
      'insufficient_quota',
    ],
    ['DeepSeek', 402, openai('Insufficient Balance'), 'insufficient_quota'],
    [
      'OpenRouter',
      402,
      { error: { message: 'This request requires more credits, or fewer max_tokens.', code: 402 } },
      'insufficient_quota',
    ],
    [
      'Anthropic',
      400,
      {
        error: {
          type: 'invalid_request_error',
          message: 'Your credit balance is too low to access the API.',
        },
      },
      'insufficient_quota',
    ],
    [
      'Azure',
      400,
      {
        error: {
          code: 'content_filter',
          message: "triggering Azure OpenAI's content management policy",
        },
      },
      'content_filter',
    ],
    ['DeepSeek', 400, openai('Content Exists Risk'), 'content_filter'],
    [
      'xAI',
      403,
      { code: 'forbidden', error: 'Content violates usage guidelines.' },
      'content_filter',
    ],
    [
      'DashScope',
      400,
      openai('Input data may contain inappropriate content.', { code: 'data_inspection_failed' }),
      'content_filter',
    ],
    [
      'OpenAI',
      429,
      openai('Rate limit reached', { code: 'rate_limit_exceeded', type: 'tokens' }),
      'rate_limit_exceeded',
    ],
    [
      'Gemini',
      429,
      [
        {
          error: {
            code: 429,
            message: 'You exceeded your current quota',
            status: 'RESOURCE_EXHAUSTED',
          },
        },
      ],
      'rate_limited',
    ],
    ['anybody', 429, 'slow down', 'rate_limited'],
    [
      'Anthropic',
      529,
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      'upstream_overloaded',
    ],
    [
      'llama.cpp',
      503,
      { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
      'upstream_overloaded',
    ],
    ['SGLang', 503, 'No available workers', 'upstream_overloaded'],
    [
      'OpenAI',
      503,
      openai('The engine is currently overloaded, please try again later', {
        type: 'server_error',
      }),
      'upstream_overloaded',
    ],
    ['a 529 of anybody', 529, '', 'upstream_overloaded'],
  ])('of %s (%i, %j) is %s', (_, status, body, code) => {
    expect(refuse(status, body)).toMatchObject({ reason: 'model_rejected', status, code })
  })

  it('is an overload where a server says when to come back', () => {
    const failure = refuse(503, '<html>', { 'retry-after': '9' })
    expect(failure).toMatchObject({ code: 'upstream_overloaded', headers: { 'retry-after': '9' } })
    expect(refuse(503, '<html>')).toEqual({ reason: 'model_error_status', status: 503 })
  })

  it.each<[number, unknown]>([
    [401, openai('whatever')],
    [403, 'no'],
    [
      400,
      [
        {
          error: {
            code: 400,
            message: 'API key not valid. Please pass a valid API key.',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
    ],
  ])("is the gateway's own key (%i, %j)", (status, body) => {
    expect(refuse(status, body).reason).toBe('model_unauthorized')
  })

  it('that is a word of its own is no code', () => {
    expect(refuse(400, openai('x', { code: 'my_secret_policy' }))).toMatchObject({ code: null })
  })
})

describe('what a refusal is about', () => {
  it.each<[string, number, unknown, string | null]>([
    [
      'Mistral',
      422,
      {
        object: 'error',
        message: {
          detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'x' }],
        },
      },
      'usage',
    ],
    [
      'Groq',
      413,
      openai(
        'Request too large for model on tokens per minute (TPM): Limit 6000, Requested 17443',
        {
          code: 'rate_limit_exceeded',
        },
      ),
      'limit',
    ],
    [
      'pydantic',
      422,
      {
        detail: [
          {
            type: 'extra_forbidden',
            loc: ['body', 'stream_options'],
            msg: 'Extra inputs are not permitted',
            input: {},
          },
        ],
      },
      'usage',
    ],
    [
      'strict servers',
      400,
      openai('Unrecognized request argument supplied: stream_options'),
      'usage',
    ],
    [
      'OpenAI',
      400,
      openai(
        'max_tokens is too large: 18432. This model supports at most 16384 completion tokens',
        { param: 'max_tokens', code: 'invalid_value' },
      ),
      'limit',
    ],
    [
      'vLLM',
      400,
      { object: 'error', message: 'max_tokens must be at least 1, got -5.', code: 400 },
      'limit',
    ],
    [
      'OpenAI',
      400,
      openai("Unsupported value: 'messages[0].role' does not support 'system' with this model.", {
        param: 'messages[0].role',
        code: 'unsupported_value',
      }),
      'role',
    ],
    ['Gemma', 400, openai('System role not supported'), 'role'],
    [
      'Mistral',
      400,
      openai('Conversation roles must alternate user/assistant/user/assistant/...'),
      'turns',
    ],
    [
      'Qwen on llama.cpp',
      500,
      {
        error: {
          code: 500,
          message: 'Jinja Exception: System message must be at the beginning.',
          type: 'server_error',
        },
      },
      'turns',
    ],
    ['LM Studio', 400, { error: 'Error rendering prompt with jinja template: x' }, 'turns'],
    ['DeepSeek', 400, openai('This response_format type is unavailable now'), 'format'],
    [
      'OpenAI',
      400,
      openai(
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
        { param: 'response_format' },
      ),
      'format',
    ],
    ['a server', 400, openai('no', { param: 'temperature' }), 'other'],
    ['OpenAI', 400, openai('no', { param: 'messages.[0].content.[1].image_url' }), 'other'],
    ['anybody', 400, openai('Bad request'), null],
    ['a server', 400, openai('Streaming is not supported by this model'), 'stream'],
    [
      'Gemini',
      400,
      {
        error: {
          code: 400,
          message: 'Function call is missing a thought_signature in functionCall parts',
        },
      },
      'state',
    ],
    [
      'DeepSeek',
      400,
      openai('Missing `reasoning_content` field in the assistant message'),
      'state',
    ],
    [
      'Moonshot',
      400,
      openai(
        'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
      ),
      'state',
    ],
    [
      'Anthropic',
      400,
      openai(
        'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`',
      ),
      'state',
    ],
    [
      'OpenAI',
      400,
      openai(
        "Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item",
        {
          param: 'input',
        },
      ),
      'state',
    ],
    [
      'a strict server',
      422,
      { detail: [{ type: 'extra_forbidden', loc: ['body', 'messages', 1, 'reasoning_content'] }] },
      'state',
    ],
  ])('%s (%i, %j): %s', (_, status, body, concern) => {
    expect(refuse(status, body)).toMatchObject({ reason: 'model_rejected', concern })
  })

  it.each<[string, string, number | null]>([
    [
      'OpenAI',
      'max_tokens is too large: 16384. This model supports at most 4096 completion tokens, whereas you provided 16384.',
      4096,
    ],
    [
      'Anthropic',
      'max_tokens: 16384 > 8192, which is the maximum allowed number of output tokens',
      8192,
    ],
    ['DeepSeek', 'Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', 8192],
    ['Groq', '`max_tokens` must be less than or equal to `8192`', 8192],
    ['nobody with a space', 'the range of max_tokens is [1,8192]', 8192],
    ['nobody', 'max_tokens is too large', null],
    ['nobody, but a name', 'max_tokens is too large for gpt-4o-2024-08-06 or m1106', null],
  ])('and what a model writes at most, by %s', (_, message, output) => {
    const failure = refuse(400, openai(message, { param: 'max_tokens' }))
    expect(failure.reason === 'model_rejected' && (failure.tokens?.output ?? null)).toBe(output)
  })
})

describe('an error where an answer was due', () => {
  it.each<[unknown, Partial<Extract<ModelFailure, { reason: 'model_rejected' }>> | object]>([
    [
      { code: 429, message: 'slow down' },
      { reason: 'model_rejected', status: 429, code: 'rate_limited' },
    ],
    [{ message: 'quota exceeded' }, { reason: 'model_rejected', code: 'insufficient_quota' }],
    [
      { message: 'x', code: 'tool_use_failed', status_code: 400 },
      { reason: 'model_rejected', status: 400, code: 'tool_use_failed' },
    ],
    [
      { type: 'overloaded_error', message: 'Overloaded' },
      { reason: 'model_rejected', code: 'upstream_overloaded' },
    ],
    [{ code: 401, message: 'no' }, { reason: 'model_unauthorized' }],
    [
      'prompt is too long: 9000 tokens > 8192 maximum',
      { reason: 'model_rejected', code: 'context_length_exceeded' },
    ],
    [
      { code: 503, message: 'no instances' },
      { reason: 'model_error_status', status: 503 },
    ],
    [
      [{ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }],
      { reason: 'model_rejected', status: 429, code: 'rate_limited' },
    ],
    [{ code: 'oops' }, { reason: 'model_error_in_body', code: 'oops' }],
    ['your prompt', { reason: 'model_error_in_body', code: null }],
    [
      { object: 'error', message: 'x', code: 400 },
      { reason: 'model_rejected', status: 400, code: null },
    ],
    [{ type: 'invalid_request_error' }, { reason: 'model_rejected', status: 400 }],
  ])('%j is told as what it is', (error, expected) => {
    expect(refusedWithin(error as never)).toMatchObject(expected)
  })
})

const RECORDINGS = '../shared/data/upstream'

/** What each recorded refusal is, by a pattern of its words: of a `null` there is nothing to tell but its status. */
const RECORDED: readonly [RegExp, string | null][] = [
  [/content management policy|flagged as potentially/, 'content'],
  [/maximum context length|max context length|length of all messages/, 'context_length_exceeded'],
  [/does not exist|has been deprecated|nonexistent-model/, 'model_not_found'],
  [/exceeded your current quota/, 'insufficient_quota'],
  [/rate limit/i, 'rate_limit'],
  [/unauthorized|api key|subscription key/i, 'model_unauthorized'],
]

describe.skipIf(!existsSync(RECORDINGS))('every recorded refusal', () => {
  it('is told as what it says', () => {
    const untold: string[] = []
    let count = 0
    for (const { status, body } of recordedRefusals()) {
      const [, cause] = RECORDED.find(([words]) => words.test(body)) ?? []
      if (!cause) continue
      count++
      const failure = refuse(status, body)
      const told = failure.reason === 'model_rejected' ? failure.code : failure.reason
      const isTold =
        cause === 'content'
          ? told === 'content_filter' || told === 'invalid_prompt'
          : told?.includes(cause)
      if (!isTold && !(cause === 'rate_limit' && told === 'rate_limited'))
        untold.push(`${told}: ${body}`)
    }
    expect(untold).toEqual([])
    expect(count).toBeGreaterThan(20)
  })
})

function recordedRefusals(): readonly { readonly status: number; readonly body: string }[] {
  return readdirSync(RECORDINGS)
    .filter((name) => name.endsWith('.jsonl') && name !== 'index.jsonl')
    .flatMap((name) => readFileSync(`${RECORDINGS}/${name}`, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .map((row) => row.response ?? row)
    .filter(({ status }) => status >= 400)
    .map(({ status, body }) => ({
      status,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }))
}

it.each<[string, number, unknown]>([
  [
    'OpenAI, of a mark',
    400,
    openai("Unknown parameter: 'messages[0].content[0].cache_control'.", {
      param: 'messages[0].content[0].cache_control',
      code: 'unknown_parameter',
    }),
  ],
  ['OpenAI, of a parameter', 400, openai('Unrecognized request argument supplied: thinking')],
  [
    'Groq',
    400,
    openai(
      "'messages.0' : for 'role:user' the following must be satisfied[('messages.0.content.0' : property 'cache_control' is unsupported)]",
    ),
  ],
  [
    'Mistral',
    422,
    {
      detail: [
        {
          type: 'extra_forbidden',
          loc: ['body', 'thinking'],
          msg: 'Extra inputs are not permitted',
        },
      ],
    },
  ],
  [
    'Mistral, of a result',
    422,
    {
      detail: [
        {
          type: 'extra_forbidden',
          loc: ['body', 'messages', 2, 'tool', 'is_error'],
          msg: 'Extra inputs are not permitted',
        },
      ],
    },
  ],
  [
    'OpenAI, of effort',
    400,
    openai("Unsupported parameter: 'reasoning_effort' is not supported with this model.", {
      param: 'reasoning_effort',
      code: 'unsupported_parameter',
    }),
  ],
])('tells what is an aside of another contract: %s', (_, status, body) => {
  expect(refuse(status, body)).toMatchObject({ reason: 'model_rejected', concern: 'aside' })
})
