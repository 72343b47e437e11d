/** Tools over the official client: whole, side by side, streamed, and in a loop with their results. */
import { describe, expect, it } from 'vitest'
import { type ClientTarget, clientOf, saying } from './target.ts'

const WEATHER = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
  },
}
const CLOCK = {
  type: 'function' as const,
  function: {
    name: 'get_time',
    parameters: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'] },
  },
}

export function describeOpenAiTools(target: () => ClientTarget): void {
  const chat = () => clientOf(target()).chat.completions

  describe('openai: tools', () => {
    it('is called with arguments that fit the schema', async () => {
      const { choices } = await chat().create({ ...saying('Use get_weather'), tools: [WEATHER] })
      const [call] = choices[0]?.message.tool_calls ?? []
      expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } })
      expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } })
      if (call?.type !== 'function') throw new Error('no function')
      expect(JSON.parse(call.function.arguments)).toEqual({ city: 'stand-in', days: 0 })
    })

    it('is called side by side, unless it asks for one call at a time', async () => {
      const both = { ...saying('Call [stand-in: tool all]'), tools: [WEATHER, CLOCK] }
      const { choices } = await chat().create(both)
      const calls = choices[0]?.message.tool_calls ?? []
      expect(calls.map((call) => call.type === 'function' && call.function.name)).toEqual([
        'get_weather',
        'get_time',
      ])
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
      const one = await chat().create({ ...both, parallel_tool_calls: false })
      expect(one.choices[0]?.message.tool_calls).toHaveLength(1)
    })

    it('streams arguments that join to JSON, call by call', async () => {
      const both = { ...saying('Call [stand-in: tool all]'), tools: [WEATHER, CLOCK] }
      const stream = await chat().create({ ...both, stream: true })
      const calls: { name: string; text: string }[] = []
      for await (const { choices } of stream) {
        for (const delta of choices[0]?.delta.tool_calls ?? []) {
          calls[delta.index] ??= { name: delta.function?.name ?? '', text: '' }
          const call = calls[delta.index]
          if (call) call.text += delta.function?.arguments ?? ''
        }
      }
      expect(calls.map(({ name, text }) => [name, JSON.parse(text)])).toEqual([
        ['get_weather', { city: 'stand-in', days: 0 }],
        ['get_time', { zone: 'stand-in' }],
      ])
    })

    it('answers from the result of its tool, in the loop of its own helper', async () => {
      const asked: unknown[] = []
      const runner = chat().runTools({
        ...saying('Use get_weather'),
        tools: [
          {
            type: 'function',
            function: {
              ...WEATHER.function,
              parse: JSON.parse,
              function: (input: object) => {
                asked.push(input)
                return 'Sunny and mild'
              },
            },
          },
        ],
      })
      expect(await runner.finalContent()).toContain('The tool returned “Sunny and mild”')
      expect(asked).toEqual([{ city: 'stand-in', days: 0 }])
    })
  })
}
