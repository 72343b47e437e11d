import { createParser } from 'eventsource-parser'
import { describe, expect, it } from 'vitest'
import { encodeComment, encodeDone, encodeEvent } from '../../../src/http/event-stream.ts'

const HOSTILE = [
  'a\ndata: forged',
  'a\r\ndata: forged\r\n\r\n',
  '\n\ndata: [DONE]\n\n',
  'line \u2028 and paragraph \u2029 and next line \u0085',
  'event: error\rid: 7',
  '😀 \ud83d \u0000 \ufeff',
]

describe('an event', () => {
  it.each(HOSTILE)('with %j is one event and nothing else', (text) => {
    const events: string[] = []
    const parser = createParser({ onEvent: (event) => events.push(event.data) })
    parser.feed(`${encodeComment('held')}${encodeEvent({ data: { text } })}${encodeDone()}`)
    expect(events).toEqual([JSON.stringify({ text }), '[DONE]'])
    expect(JSON.parse(events[0] ?? '')).toEqual({ text })
  })
})

describe('a comment', () => {
  it('is one line that ends with one line feed: an empty line would be an event to some clients', () => {
    expect(encodeComment('held')).toBe(': held\n')
  })

  it('is skipped before an event, however many there are', () => {
    const events: string[] = []
    const parser = createParser({ onEvent: (event) => events.push(event.data) })
    parser.feed(
      `${encodeComment('held').repeat(3)}${encodeEvent({ data: { a: 1 } })}${encodeDone()}`,
    )
    expect(events).toEqual(['{"a":1}', '[DONE]'])
  })

  it.each(['a\nb', 'a\rb'])('with a line break is refused: %j', (text) => {
    expect(() => encodeComment(text)).toThrow(
      new TypeError('Cannot write a comment with a line break'),
    )
  })
})
