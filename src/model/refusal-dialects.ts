/**
 * What refusals say, server by server: the one table that tells their kinds apart. Data; no I/O.
 * In a phrase `…` stands for anything between its parts. Phrases are as short as they may be without meaning something else,
 * since servers quote each other. The first row that fits wins.
 */
import type { Concern, RejectionCode } from '../conversation/model.ts'

export type Dialect = {
  readonly code: RejectionCode
  /** Codes or types that mean it by themselves. */
  readonly words?: readonly string[]
  readonly says?: readonly string[]
}

export const DIALECTS: readonly Dialect[] = [
  {
    code: 'content_filter',
    words: [
      'content_filter',
      'content_policy_violation',
      'responsibleaipolicyviolation',
      'invalid_prompt',
      'data_inspection_failed',
      'moderation_blocked',
      'prohibited_content',
    ],
    says: [
      'content management policy',
      'flagged as potentially violating',
      'violating our usage policy',
      'violates usage guidelines',
      'rejected as a result of our safety system',
      'content exists risk', // DeepSeek
      'requires moderation … flagged', // OpenRouter
      'inappropriate content', // DashScope
    ],
  },
  {
    code: 'context_length_exceeded',
    words: [
      'context_length_exceeded',
      'exceed_context_size_error', // llama.cpp
      'contextwindowexceedederror', // LiteLLM
      'model_max_prompt_tokens_exceeded', // GitHub
      'too_many_prompt_tokens', // Perplexity
      'tokens_limit_reached', // GitHub
    ],
    says: [
      'context_length_exceeded',
      'maximum context length', // OpenAI, vLLM, SGLang, DeepSeek, Mistral, OpenRouter
      'max context length', // Ollama
      "model's context length", // vLLM, SGLang
      'longer than the maximum model length', // vLLM
      'too long to fit into the model', // vLLM
      'exceeds the context length', // Ollama
      'exceeds the available context size', // llama.cpp
      'context size has been exceeded', // LM Studio
      'when context the overflows', // LM Studio, in these words
      'greater than the context length', // LM Studio
      'context length exceeded',
      'contextwindowexceedederror', // LiteLLM
      'exceed context window', // llama-cpp-python
      'exceeds the context window', // OpenAI
      'exceed the context window',
      'context window exceeds limit', // MiniMax
      'exceed context limit', // Anthropic
      'prompt is too long', // Anthropic, Fireworks
      'prompt too long', // Ollama
      'input is too long', // Bedrock
      'too many input tokens', // Bedrock
      'exceeds the maximum allowed length', // SGLang
      'prompt length … exceeds maximum input length', // TensorRT-LLM on Triton
      'prompt length … should not exceed', // TensorRT-LLM
      'max_seq_len', // TensorRT-LLM
      'inputs` tokens + `max_new_tokens`', // TGI, Together
      '`inputs` must have less than', // TGI
      'input token count … exceeds the maximum', // Gemini
      'input token count … only supports up to', // Vertex AI
      'input tokens … cannot exceed the total tokens limit', // watsonx
      'maximum prompt length', // xAI
      'exceeds the limit … prompt token', // GitHub
      'prompt token count … exceeds the limit', // GitHub
      'number of tokens in the prompt cannot exceed', // Cohere
      'exceeded model token limit', // Moonshot
      'prompt exceeds max length', // Z.ai
      'range of input length should be', // DashScope
      'reduce the length of the messages', // OpenAI, Groq, Cerebras
      'total length of all messages is too long', // Perplexity
    ],
  },
  { code: 'insufficient_quota', words: ['insufficient_quota', 'arrearage', 'billing_error'] },
  {
    code: 'rate_limited',
    words: [
      'rate_limit_exceeded',
      'rate_limit_error',
      'ratelimitreached',
      'ratelimiterror',
      'rate_limited',
      'resource_exhausted',
      'too_many_requests',
      'throttling',
    ],
    says: ['rate limit reached', 'rate limit exceeded', 'too many requests'],
  },
  {
    code: 'insufficient_quota',
    says: [
      'insufficient_quota',
      'exceeded your current quota',
      'quota exceeded',
      'insufficient balance',
      'insufficient credit',
      'credit balance is too low', // Anthropic
      'requires more credits', // OpenRouter
    ],
  },
  {
    code: 'model_not_found',
    words: ['model_not_found', 'deploymentnotfound', 'model_not_available', 'unknown_model'],
    says: [
      'model_not_found',
      'model … does not exist', // OpenAI, vLLM
      'model … not found', // Ollama, LM Studio
      'model not exist', // DeepSeek
      'invalid model name', // LiteLLM
      'invalid model:', // Mistral
      'is not a valid model id', // OpenRouter
      'unknown model',
      'deployment … does not exist',
    ],
  },
  {
    code: 'invalid_api_key',
    words: ['invalid_api_key', 'api_key_invalid', 'authentication_error', 'unauthenticated'],
    says: ['incorrect api key', 'invalid api key', 'api key not valid'],
  },
  {
    code: 'upstream_overloaded',
    words: [
      'overloaded_error', // Anthropic
      'server_is_overloaded',
      'engine_overloaded',
      'engine_overloaded_error', // Moonshot
      'slow_down',
      'unavailable', // Gemini
      'unavailable_error', // llama.cpp
      'model_overloaded',
    ],
    says: [
      'overloaded',
      'loading model', // llama.cpp
      'model is loading', // LM Studio
      'currently loading', // TGI
      'no available workers', // SGLang
      'no workers available',
      'at capacity',
      'server is busy',
      'queue is full', // TensorRT-LLM
    ],
  },
]

/** What of a request a refusal may be about, by the names and sentences for it. Of its path the first part is compared. */
export const CONCERNS: readonly {
  readonly concern: Concern
  readonly params?: readonly string[]
  readonly says: readonly string[]
}[] = [
  {
    concern: 'state',
    says: [
      'thought_signature', // Gemini
      'thought signature',
      'thoughtsignature',
      'reasoning_content', // DeepSeek, Moonshot
      'reasoning_details', // OpenRouter
      'reasoning_opaque',
      'thinking_blocks', // LiteLLM
      'extra_content',
      'redacted_thinking', // Anthropic
      'signature in `thinking`',
      'signature in thinking',
      'thinking block',
      'encrypted_content', // OpenAI
      "required 'reasoning' item",
      'required following item',
    ],
  },
  {
    concern: 'aside',
    params: [
      'cache_control',
      'context_management',
      'defer_loading',
      'is_error',
      'reasoning_effort',
      'thinking',
    ],
    says: [
      'cache_control',
      'context_management',
      'defer_loading',
      'is_error',
      'reasoning_effort',
      "'thinking'",
      '"thinking"',
      '`thinking`',
      'supplied: thinking', // OpenAI
    ],
  },
  {
    concern: 'usage',
    params: ['stream_options'],
    says: ['stream_options', 'stream options', 'include_usage'],
  },
  {
    concern: 'limit',
    params: ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'max_new_tokens'],
    says: [
      'max_tokens',
      'max_completion_tokens',
      'max_new_tokens',
      'max_output_tokens',
      'maxoutputtokens',
      'output tokens',
      'completion tokens',
      'maximum tokens you requested', // Bedrock
      'request too large', // OpenAI, Groq: rates count what may be written
    ],
  },
  {
    concern: 'format',
    params: ['response_format'],
    says: ['response_format', 'json_schema', 'structured output', 'json schema', 'guided'],
  },
  {
    concern: 'tool_choice',
    params: ['tool_choice', 'function_call'],
    says: ['tool_choice', 'tool choice', 'function_call'],
  },
  {
    concern: 'role',
    says: [
      'system role',
      'support system message',
      "does not support 'system'",
      "does not support 'developer'",
      'unsupported role',
      'unexpected role',
      'invalid role',
      'unknown role',
    ],
  },
  {
    concern: 'turns',
    params: ['messages'],
    says: [
      'system message',
      'conversation roles',
      'roles must alternate',
      'last message must',
      'last message role',
      'first message must',
      'must be at the beginning',
      'must end with a user',
      'message order',
      'chat template',
      'chat_template',
      'jinja',
      'raise_exception',
    ],
  },
  {
    concern: 'stream',
    params: ['stream'],
    says: [
      'stream … not supported',
      'streaming … not supported',
      'not support stream',
      'does not support streaming',
    ],
  },
]
