/** The Vercel AI SDK over both of its OpenAI providers: text, streams, objects and a loop of tools. */
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateObject, generateText, isStepCount, Output, streamText, tool } from 'ai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ClientTarget, gather, QUESTION } from './target.ts'

// Its warnings (generateObject is on its way out, but apps have it) are no part of the test's log.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })

const PROVIDERS = [
  {
    name: '@ai-sdk/openai, by Responses',
    modelOf: ({ baseURL, apiKey }: ClientTarget) => createOpenAI({ baseURL, apiKey })('stand-in'),
  },
  {
    name: '@ai-sdk/openai',
    modelOf: ({ baseURL, apiKey }: ClientTarget) =>
      createOpenAI({ baseURL, apiKey }).chat('stand-in'),
  },
  {
    name: '@ai-sdk/openai-compatible',
    modelOf: ({ baseURL, apiKey }: ClientTarget) =>
      createOpenAICompatible({
        name: 'chambers',
        baseURL,
        apiKey,
        supportsStructuredOutputs: true,
      }).chatModel('stand-in'),
  },
]

const Plan = z.object({ title: z.string(), steps: z.array(z.string()) })

export function describeAiSdk(target: () => ClientTarget): void {
  describe.each(PROVIDERS)('ai over $name', ({ modelOf }) => {
    const call = () => ({ model: modelOf(target()), maxRetries: 0 })

    it('generates and streams the same text, without any reasoning', async () => {
      const whole = await generateText({ ...call(), prompt: QUESTION })
      expect(whole.text).toContain('strong password')
      expect(whole.reasoningText).toBeUndefined()
      expect(whole.usage.outputTokens).toBeGreaterThan(0)
      const streamed = streamText({ ...call(), prompt: QUESTION })
      const parts = await gather(streamed.textStream)
      expect(parts.join('')).toBe(whole.text)
      expect(await streamed.finishReason).toBe('stop')
      expect(await streamed.reasoningText).toBeUndefined()
    })

    it('generates objects that fit a schema', async () => {
      const { object } = await generateObject({ ...call(), prompt: QUESTION, schema: Plan })
      expect(object).toEqual({ title: expect.any(String), steps: [] })
      const { output } = await generateText({
        ...call(),
        prompt: QUESTION,
        output: Output.object({ schema: Plan }),
      })
      expect(output).toEqual(object)
    })

    it('runs a tool and answers from its result, whole and streamed', async () => {
      const weather = tool({
        description: 'The weather of a city',
        inputSchema: z.object({ city: z.string() }),
        execute: async ({ city }) => `Sunny in ${city}`,
      })
      const loop = {
        ...call(),
        prompt: 'Use get_weather',
        tools: { get_weather: weather },
        stopWhen: isStepCount(3),
      }
      const whole = await generateText(loop)
      expect(whole.steps[0]?.toolCalls[0]).toMatchObject({ input: { city: 'stand-in' } })
      expect(whole.text).toContain('The tool returned “Sunny in stand')
      const streamed = streamText(loop)
      expect((await gather(streamed.textStream)).join('')).toBe(whole.text)
    })

    it('throws what the gateway says', async () => {
      await expect(
        generateText({ ...call(), prompt: 'Hello [stand-in: judge garbage]' }),
      ).rejects.toMatchObject({
        statusCode: 503,
        data: { error: { code: 'judge_unavailable' } },
      })
    })
  })
}
