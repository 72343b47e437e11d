/** The official client's Responses, as an app would use them: answers, streams, schemas, loops of tools, refusals and failures. */
import type OpenAI from 'openai'
import { APIError } from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ClientTarget, clientOf, gather, QUESTION } from './target.ts'

const ASK = { model: 'stand-in', input: QUESTION }
const Plan = z.object({ title: z.string(), done: z.boolean() })

const WEATHER: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather of a city',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
}

export function describeOpenAiResponses(target: () => ClientTarget): void {
  const responses = () => clientOf(target()).responses

  describe('openai: responses', () => {
    it('reads an answer, and the admin its reasoning, which the answer lacks', async () => {
      const { data, response } = await responses().create(ASK).withResponse()
      expect(data.output_text).toContain('How do I pick a strong password')
      expect(data).toMatchObject({ object: 'response', status: 'completed', model: 'stand-in' })
      expect(data.output.map(({ type }) => type)).toEqual(['message'])
      expect(data.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0)
      const record = await target().transcript(response.headers.get('x-chambers-transcript') ?? '')
      expect(record).toMatchObject({ request: ASK, door: 'responses' })
      const reasoning = record?.attempts.at(-1)?.reasoning ?? ''
      expect(reasoning).toContain('decision: comply')
      expect(JSON.stringify(data)).not.toContain(reasoning.slice(0, 30))
    })

    it('streams the same answer, and gathers it with its own helper', async () => {
      const whole = await responses().create(ASK)
      const events = await gather(await responses().create({ ...ASK, stream: true }))
      const pieces = events.flatMap((event) =>
        event.type === 'response.output_text.delta' ? [event.delta] : [],
      )
      expect(pieces.join('')).toBe(whole.output_text)
      expect(events.map(({ type }) => type).join()).not.toContain('reasoning')
      const gathered = await responses().stream(ASK).finalResponse()
      expect(gathered.output_text).toBe(whole.output_text)
    })

    it('parses what fits a schema, whole and streamed', async () => {
      const asked = { ...ASK, text: { format: zodTextFormat(Plan, 'plan') } }
      const whole = await responses().parse(asked)
      expect(Plan.safeParse(whole.output_parsed).success).toBe(true)
      const streamed = await responses().stream(asked).finalResponse()
      expect(streamed.output_parsed).toEqual(whole.output_parsed)
    })

    it('calls a tool and answers from its result, whole and streamed', async () => {
      const asked = { ...ASK, input: 'Use get_weather', tools: [WEATHER] }
      const calling = await responses().create(asked)
      const [call] = calling.output
      if (call?.type !== 'function_call') throw new Error('no call')
      expect(JSON.parse(call.arguments)).toEqual({ city: 'stand-in' })
      const streamed = await responses().stream(asked).finalResponse()
      expect(streamed.output).toMatchObject([{ type: 'function_call', name: 'get_weather' }])
      const input: OpenAI.Responses.ResponseInput = [
        { role: 'user', content: asked.input },
        call,
        { type: 'function_call_output', call_id: call.call_id, output: 'Sunny and mild' },
      ]
      const answer = await responses().create({ ...asked, input })
      expect(answer.output_text).toContain('The tool returned “Sunny and mild”')
    })

    it('reaches the model in the form of chat', async () => {
      const { drafts } = await target().model.during(() =>
        responses().create({
          ...ASK,
          instructions: 'Be brief',
          reasoning: { effort: 'low', summary: 'auto' },
          temperature: 0.5,
          max_output_tokens: 500,
          tools: [WEATHER],
        }),
      )
      expect(drafts[0]).toMatchObject({
        reasoning_effort: 'low',
        temperature: 0.5,
        max_tokens: expect.any(Number),
        tools: [{ type: 'function', function: { name: 'get_weather', strict: true } }],
      })
      expect(drafts[0]?.messages).toEqual(
        expect.arrayContaining([
          { role: 'system', content: 'Be brief' },
          { role: 'user', content: QUESTION },
        ]),
      )
    })

    it('is told of a failure by its status, and in a stream by an error that is raised', async () => {
      const failing = { ...ASK, input: 'Hello [stand-in: judge garbage]' }
      const failure = { code: 'judge_unavailable' }
      await expect(responses().create(failing)).rejects.toMatchObject({ status: 503, ...failure })
      const stream = responses().create({ ...failing, stream: true })
      const raised = await stream.then(gather).catch((error: unknown) => error)
      expect(raised).toBeInstanceOf(APIError)
      expect(raised).toMatchObject(failure)
      await expect(responses().stream(failing).finalResponse()).rejects.toMatchObject(failure)
    })

    it('is told what cannot be honoured, by its own name for it', async () => {
      const image = { type: 'input_image', file_id: 'file_1', detail: 'auto' } as const
      await expect(
        responses().create({ ...ASK, input: [{ role: 'user', content: [image] }] }),
      ).rejects.toMatchObject({
        status: 400,
        code: 'unsupported_parameter',
        param: 'input[0].content[0].file_id',
      })
    })
  })
}
