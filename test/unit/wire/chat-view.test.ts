import { describe, expect, it } from 'vitest'
import { chatViewOf, storedInquiry } from '../../../src/wire/chat-view.ts'

const SAID = { role: 'user', content: 'How do I bake bread?' }
const CHAT = { model: 'm', messages: [SAID], tools: [] }
const RESPONSES = {
  model: 'm',
  instructions: 'Be brief',
  input: SAID.content,
  tools: [{ type: 'function', name: 'f' }],
}

describe('a stored request as chat would have it', () => {
  it('has the very messages that chat was asked with', () => {
    expect(chatViewOf({ request: CHAT })?.messages).toBe(CHAT.messages)
  })

  it('has what was asked by another contract', () => {
    expect(chatViewOf({ request: RESPONSES, door: 'responses' })).toEqual({
      messages: [{ role: 'system', content: 'Be brief' }, SAID],
      tools: [{ type: 'function', function: { name: 'f' } }],
    })
    const messages = { model: 'm', max_tokens: 9, system: 'Be brief', messages: [SAID] }
    expect(chatViewOf({ request: messages, door: 'messages' })?.messages).toMatchObject([
      { role: 'system' },
      { role: 'user' },
    ])
  })

  it.each([
    ['nothing was kept', { request: null, door: 'responses' }],
    ['it is none of its door', { request: CHAT, door: 'responses' }],
    ['its door is not known', { request: CHAT, door: 'toString' }],
    [
      'it goes on from what is on other records',
      { request: { ...RESPONSES, previous_response_id: 'resp_1' }, door: 'responses' },
    ],
  ])('is none where %s', (_, stored) => {
    expect(chatViewOf(stored)).toBeNull()
    expect(storedInquiry(stored)).toBeNull()
  })
})
