/** The parameters of a request that shape the answer and nothing before it, by their names in the chat contract. Data only. */

/** Vendors’ own ways to force a form on the output: they bend a tagged draft like `response_format` does. */
export const STRUCTURING: readonly string[] = [
  'ebnf',
  'format',
  'grammar',
  'guided_choice',
  'guided_grammar',
  'guided_json',
  'guided_regex',
  'json_schema',
  'regex',
  'structured_outputs',
]

/** Servers’ own names for a bound on the output, beside the contract’s: what stands under one goes on as it is, and bounds all that a call writes. */
export const BOUNDING: readonly string[] = [
  'max_new_tokens',
  'max_output_tokens',
  'n_predict',
  'num_predict',
]

/** What a deliberation alone has no use for, or could not be written under. */
export const ANSWER_PARAMETERS: readonly string[] = [
  ...STRUCTURING,
  ...BOUNDING,
  'add_generation_prompt',
  'audio',
  'continue_final_message',
  'logprobs',
  'modalities',
  'n',
  'prediction',
  'response_format',
  'stop',
  'stop_token_ids',
  'top_logprobs',
]
