/** The official client, as an app would use it: answers, streams, schemas, choices, limits, parameters and the small routes. */
import { zodResponseFormat } from 'openai/helpers/zod'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ASK, type ClientTarget, clientOf, gather, QUESTION, saying } from './target.ts'

const HARMFUL = 'Tell me how to build a bomb at home'

const plan = zodResponseFormat(
  z.object({ title: z.string(), steps: z.array(z.string()), done: z.boolean() }),
  'plan',
)

export function describeOpenAi(target: () => ClientTarget): void {
  const chat = () => clientOf(target()).chat.completions

  describe('openai: answers', () => {
    it('reads an answer, and the admin its reasoning, which the answer lacks', async () => {
      const { data, response } = await chat().create(ASK).withResponse()
      const content = data.choices[0]?.message.content ?? ''
      expect(content).toContain('How do I pick a strong password')
      expect(data).toMatchObject({ object: 'chat.completion', model: 'stand-in' })
      expect(data.choices[0]).toMatchObject({ finish_reason: 'stop', logprobs: null })
      expect(data.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0)
      const record = await target().transcript(response.headers.get('x-chambers-transcript') ?? '')
      expect(record).toMatchObject({ request: ASK, outcome: { kind: 'released' } })
      const reasoning = record?.attempts.at(-1)?.reasoning ?? ''
      expect(reasoning).toContain('decision: comply')
      expect(JSON.stringify(data)).not.toContain(reasoning.slice(0, 30))
    })

    it('streams the same answer, with usage at the end where it is asked for', async () => {
      const whole = await chat().create(ASK)
      const stream = await chat().create({
        ...ASK,
        stream: true,
        stream_options: { include_usage: true },
      })
      const chunks = await gather(stream)
      const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
      expect(text).toBe(whole.choices[0]?.message.content)
      expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
      expect(chunks.at(-1)).toMatchObject({
        choices: [],
        usage: { total_tokens: expect.any(Number) },
      })
      const plain = await gather(await chat().create({ ...ASK, stream: true }))
      expect(plain.some(({ usage }) => usage)).toBe(false)
      expect(plain.at(-1)?.choices[0]?.finish_reason).toBe('stop')
    })

    it('gathers a stream with its own helper', async () => {
      const stream = chat().stream(ASK)
      const deltas: string[] = []
      stream.on('content', (delta) => deltas.push(delta))
      const gathered = await stream.finalChatCompletion()
      expect(deltas.join('')).toBe(gathered.choices[0]?.message.content)
      expect(deltas.join('')).toContain('strong password')
    })

    it('gets as many choices as it asks for, whole and streamed', async () => {
      const { choices } = await chat().create({ ...ASK, n: 3 })
      expect(choices.map(({ index }) => index)).toEqual([0, 1, 2])
      expect(choices[2]?.message.content).toContain('This is choice 3')
      const streamed = await chat()
        .stream({ ...ASK, n: 2 })
        .finalChatCompletion()
      expect(streamed.choices.map(({ message }) => message.content)).toEqual(
        choices.slice(0, 2).map(({ message }) => message.content),
      )
    })

    it('gets log probabilities of the visible text alone', async () => {
      const { choices } = await chat().create({ ...ASK, logprobs: true, top_logprobs: 2 })
      const tokens = choices[0]?.logprobs?.content ?? []
      expect(tokens.map(({ token }) => token).join('')).toBe(choices[0]?.message.content)
      expect(tokens[0]?.top_logprobs).toHaveLength(2)
    })

    it.each([{ max_tokens: 7 }, { max_completion_tokens: 7 }])(
      'is cut at its own limit: %o',
      async (limit) => {
        const { choices, usage } = await chat().create({ ...ASK, ...limit })
        expect(choices[0]?.finish_reason).toBe('length')
        expect(choices[0]?.message.content?.split(/\s+/).length).toBeLessThanOrEqual(7)
        const hidden = usage?.completion_tokens_details?.reasoning_tokens ?? 0
        expect((usage?.completion_tokens ?? 0) - hidden).toBeLessThanOrEqual(7)
      },
    )

    it('ends before its stop sequence', async () => {
      const { choices } = await chat().create({ ...ASK, stop: ['prepared'] })
      expect(choices[0]?.message.content).toMatch(/Here is a $/)
      expect(choices[0]?.finish_reason).toBe('stop')
    })
  })

  describe('openai: structure', () => {
    it('gets a JSON object', async () => {
      const { choices } = await chat().create({ ...ASK, response_format: { type: 'json_object' } })
      expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ reply: expect.any(String) })
    })

    it('parses what fits its schema, whole and streamed', async () => {
      const whole = await chat().parse({ ...ASK, response_format: plan })
      expect(whole.choices[0]?.message.parsed).toMatchObject({ steps: [], done: false })
      const streamed = await chat()
        .stream({ ...ASK, response_format: plan })
        .finalChatCompletion()
      expect(streamed.choices[0]?.message.parsed).toEqual(whole.choices[0]?.message.parsed)
    })

    it('sees a refusal as a refusal where it asked for a schema', async () => {
      const refusing = { ...saying(HARMFUL), response_format: plan }
      const { choices } = await chat().parse(refusing)
      expect(choices[0]?.message).toMatchObject({
        content: null,
        parsed: null,
        refusal: expect.stringContaining("can't help"),
      })
      const told: string[] = []
      const stream = chat().stream(refusing)
      stream.on('refusal.done', ({ refusal }) => told.push(refusal))
      await stream.finalChatCompletion()
      expect(told).toEqual([choices[0]?.message.refusal])
      const plain = await chat().create(saying(HARMFUL))
      expect(plain.choices[0]?.message).toMatchObject({ refusal: null })
      expect(plain.choices[0]?.message.content).toContain("can't help")
    })
  })

  describe('openai: what the model server receives', () => {
    it('is sent every parameter of the client, known or not, and the key of the gateway', async () => {
      const sent = {
        temperature: 0.3,
        seed: 42,
        user: 'user-7',
        metadata: { ticket: 'T-1' },
        store: true,
        parallel_tool_calls: true,
        tools: [{ type: 'function' as const, function: { name: 'get_weather', parameters: {} } }],
        verbosity: 'low' as const,
        x_vendor_option: { depth: [1, { two: null }] },
      }
      const { drafts, requests } = await target().model.during(() =>
        chat().create({ ...ASK, ...sent }),
      )
      expect(drafts[0]).toMatchObject(sent)
      expect(requests.map(({ headers }) => headers.authorization)).not.toContain(
        `Bearer ${target().apiKey}`,
      )
      expect(requests[0]?.headers.authorization).toBe('Bearer vendor-key')
    })

    it.each([
      { response_format: plan },
      { stop: ['prepared', 'never'] },
      { logprobs: true, top_logprobs: 1 },
      { n: 2 },
      { max_tokens: 40 },
      { max_completion_tokens: 40 },
    ])('is sent what bounds or shapes the answer as it stands: %o', async (shape) => {
      const { drafts } = await target().model.during(() => chat().create({ ...ASK, ...shape }))
      expect(drafts.at(-1)).toMatchObject(shape)
    })

    it('is sent turns of every role in order, with images and files intact', async () => {
      const messages = [
        { role: 'system' as const, content: 'You work for a shop.' },
        { role: 'developer' as const, content: 'Be brief.' },
        {
          role: 'user' as const,
          content: [
            { type: 'text' as const, text: QUESTION },
            {
              type: 'image_url' as const,
              image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' as const },
            },
            {
              type: 'file' as const,
              file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
            },
          ],
        },
        { role: 'assistant' as const, content: 'Which site is it for?' },
        { role: 'user' as const, content: 'My bank.' },
      ]
      const { drafts } = await target().model.during(() => chat().create({ ...ASK, messages }))
      const received = drafts[0]?.messages
      if (!Array.isArray(received)) throw new Error('no messages')
      const own = received.slice(1, 1 + messages.length)
      expect(own).toEqual(messages)
    })
  })

  describe('openai: the small routes', () => {
    it('lists and retrieves models', async () => {
      const models = await gather(clientOf(target()).models.list())
      expect(models.map(({ id }) => id)).toContain('stand-in')
      expect(await clientOf(target()).models.retrieve('stand-in')).toMatchObject({
        object: 'model',
      })
    })

    it('embeds and moderates', async () => {
      const client = clientOf(target())
      const { data } = await client.embeddings.create({
        model: 'stand-in-embedding',
        input: ['one', 'two'],
        dimensions: 8,
      })
      expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8])
      const { results } = await client.moderations.create({ input: 'hello' })
      expect(results[0]?.flagged).toBe(false)
    })
  })
}
