/** LangChain's ChatOpenAI: answers, streams, bound tools and structured output. */
import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ClientTarget, gather, QUESTION } from './target.ts'

const Plan = z.object({ title: z.string(), steps: z.array(z.string()) })

const weather = tool(async ({ city }) => `Sunny in ${city}`, {
  name: 'get_weather',
  description: 'The weather of a city',
  schema: z.object({ city: z.string() }),
})

export function describeLangChain(target: () => ClientTarget): void {
  for (const useResponsesApi of [false, true]) describeApi(target, useResponsesApi)
}

function describeApi(target: () => ClientTarget, useResponsesApi: boolean): void {
  const model = (fields: object = {}) =>
    new ChatOpenAI({
      useResponsesApi,
      model: 'stand-in',
      apiKey: target().apiKey,
      maxRetries: 0,
      configuration: { baseURL: target().baseURL },
      ...fields,
    })

  describe(`@langchain/openai${useResponsesApi ? ', by Responses' : ''}`, () => {
    it('invokes and streams the same text', async () => {
      const whole = await model().invoke(QUESTION)
      expect(whole.text).toContain('strong password')
      expect(whole.usage_metadata).toMatchObject({ total_tokens: expect.any(Number) })
      const chunks = await gather(await model().stream(QUESTION))
      expect(chunks.map(({ text }) => text).join('')).toBe(whole.text)
    })

    it('binds a tool and answers from its result', async () => {
      const bound = model().bindTools([weather])
      const question = new HumanMessage('Use get_weather')
      const asking = await bound.invoke([question])
      const [call] = asking.tool_calls ?? []
      expect(call).toMatchObject({ name: 'get_weather', args: { city: 'stand-in' } })
      if (!call?.id) throw new Error('no call')
      const result = new ToolMessage({ content: 'Sunny and mild', tool_call_id: call.id })
      const answer = await bound.invoke([question, asking, result])
      expect(answer.text).toContain('The tool returned “Sunny and mild”')
    })

    it.each(['jsonSchema', 'functionCalling', 'jsonMode'] as const)(
      'gives structured output by %s',
      async (method) => {
        const schema = method === 'jsonMode' ? z.looseObject({ reply: z.string() }) : Plan
        const output = await model()
          .withStructuredOutput(schema, { method, name: 'plan' })
          .invoke(QUESTION)
        expect(schema.safeParse(output).success).toBe(true)
      },
    )
  })
}
