import { expect, test } from 'vitest'
import { chatDialect } from '../../../src/model/chat-dialect.ts'
import { ReplyReader } from '../../../src/model/reply-reader.ts'
import { jsonTexts } from '../../fakes/json-texts.ts'

function callOf(reply: string): string | undefined {
  const reader = new ReplyReader(
    chatDialect.createDraft({ choices: 1, tools: new Set(['f']), ids: new Set() }),
  )
  reader.push(reply)
  const read = reader.end(() => 'call_1')
  return read.ok ? read.value.choices[0]?.toolCalls[0]?.arguments : undefined
}

/** What servers send that take arguments for JSON and not for text. */
const withArguments = (json: string) =>
  `{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":${json}}}]}`

test.each([
  [
    'a whole reply',
    (message: string) => `{"choices":[{"message":${message},"finish_reason":"stop"}]}`,
  ],
  [
    'a stream',
    (delta: string) =>
      `data: {"choices":[{"delta":${delta},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n`,
  ],
])('arguments that come as an object in %s are the text that the model wrote', (_, replyWith) => {
  const next = jsonTexts(8)
  for (let count = 0; count < 300; count++) {
    const json = next()
    expect(callOf(replyWith(withArguments(json)))).toBe(json)
  }
})
