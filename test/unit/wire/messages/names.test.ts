import { expect, it } from 'vitest'
import { nameInMessages } from '../../../../src/wire/messages/names.ts'

it.each([
  ['temperature', 'temperature'],
  ['stop', 'stop_sequences'],
  ['max_completion_tokens', 'max_tokens'],
  ['parallel_tool_calls', 'tool_choice.disable_parallel_tool_use'],
  ['response_format.json_schema.schema.type', 'output_config.format.schema.type'],
  ['tools[1].function.parameters', 'tools.1.input_schema'],
  ['tools[1].function.name', 'tools.1.name'],
  ['tool_choice.function.name', 'tool_choice.name'],
])('%s of chat is %s', (param, name) => {
  expect(nameInMessages(param)).toBe(name)
})
