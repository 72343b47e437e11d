/** What a client of Messages calls what the gateway calls by its name in chat. Pure. */

/** Parameters that stand elsewhere, or are called otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  max_completion_tokens: 'max_tokens',
  parallel_tool_calls: 'tool_choice.disable_parallel_tool_use',
  reasoning_effort: 'output_config.effort',
  response_format: 'output_config.format',
  stop: 'stop_sequences',
  user: 'metadata.user_id',
}

/** Steps within them that there are none of here, or that are called otherwise. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  function: [],
  json_schema: [],
  parameters: ['input_schema'],
}

/** `tools[0].function.parameters` as `tools.0.input_schema`. */
export function nameInMessages(param: string): string {
  const [head = '', ...rest] = dotted(param).split('.')
  const steps = rest.flatMap((step) => (Object.hasOwn(STEPS, step) ? (STEPS[step] ?? []) : [step]))
  const name = Object.hasOwn(NAMES, head) ? (NAMES[head] ?? head) : head
  return [name, ...steps].join('.')
}

/** `[0].content` as this contract writes it: `.0.content`. */
export function dotted(path: string): string {
  return path.replaceAll(/\[(\d+)\]/g, '.$1')
}
