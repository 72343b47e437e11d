/** Errors as the official client meets them: typed exceptions, and retries only where a retry may help. */
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { ASK, type ClientTarget, clientOf, gather, saying } from './target.ts'

type Row = {
  readonly name: string
  readonly ask: (target: ClientTarget) => Promise<unknown>
  readonly type: new (...args: never[]) => Error
  readonly error: object
}

const create = (target: ClientTarget, body: object, options: object = {}) =>
  clientOf(target, options).chat.completions.create({ ...ASK, ...body })

const ROWS: readonly Row[] = [
  {
    name: 'a key that is none',
    ask: (target) => create(target, {}, { apiKey: 'chm_00000000_nothing' }),
    type: OpenAI.AuthenticationError,
    error: { status: 401, code: 'invalid_api_key' },
  },
  {
    name: 'a policy that is none',
    ask: (target) => create(target, {}, { defaultHeaders: { 'x-chambers-policy': 'nowhere' } }),
    type: OpenAI.NotFoundError,
    error: { status: 404, code: 'policy_not_found' },
  },
  {
    name: 'a value out of range',
    ask: (target) => create(target, { temperature: 9 }),
    type: OpenAI.BadRequestError,
    error: { status: 400, code: 'invalid_request', param: 'temperature' },
  },
  {
    name: 'a parameter that cannot be honoured',
    ask: (target) => create(target, { web_search_options: {} }),
    type: OpenAI.BadRequestError,
    error: { status: 400, code: 'unsupported_parameter', param: 'web_search_options' },
  },
  {
    name: 'a model that is none, in the words of the model server',
    ask: (target) => create(target, { model: 'gpt-none' }),
    type: OpenAI.NotFoundError,
    error: { status: 404, code: 'model_not_found', param: 'model' },
  },
  {
    name: 'a model that cannot be retrieved',
    ask: (target) => clientOf(target).models.retrieve('gpt-none'),
    type: OpenAI.NotFoundError,
    error: { status: 404, code: 'not_found' },
  },
  {
    name: 'a model server that fails',
    ask: (target) => create(target, saying('Hello [stand-in: status 500]')),
    type: OpenAI.InternalServerError,
    error: { status: 502, code: 'upstream_error' },
  },
]

export function describeOpenAiErrors(target: () => ClientTarget): void {
  describe('openai: errors', () => {
    it.each(ROWS)('throws its own type for $name', async ({ ask, type, error }) => {
      const thrown = await ask(target()).catch((caught: unknown) => caught)
      expect(thrown).toBeInstanceOf(type)
      expect(thrown).toMatchObject({ ...error, requestID: expect.stringMatching(/^req_/) })
    })

    it('is told when to come back by a model server that is busy', async () => {
      const thrown = await create(target(), saying('Hello [stand-in: status 429]')).catch(
        (caught: unknown) => caught,
      )
      expect(thrown).toBeInstanceOf(OpenAI.RateLimitError)
      if (!(thrown instanceof OpenAI.RateLimitError)) throw new Error('no rate limit')
      expect(thrown.status).toBe(429)
      expect(Number(thrown.headers.get('retry-after'))).toBeGreaterThan(0)
    })

    it('does not pay again for an answer that could not be checked', async () => {
      const unchecked = saying('Hello [stand-in: judge garbage]')
      const { drafts } = await target().model.during(async () => {
        const thrown = await create(target(), unchecked, { maxRetries: 2 }).catch(
          (caught: unknown) => caught,
        )
        expect(thrown).toBeInstanceOf(OpenAI.InternalServerError)
        expect(thrown).toMatchObject({ status: 503, code: 'judge_unavailable' })
      })
      expect(drafts).toHaveLength(1)
    })

    it('throws from a stream that fails after its headers, instead of ending it', async () => {
      const stream = await clientOf(target()).chat.completions.create({
        ...saying('Hello [stand-in: judge garbage]'),
        stream: true,
      })
      const thrown = await gather(stream).catch((caught: unknown) => caught)
      expect(thrown).toBeInstanceOf(OpenAI.APIError)
      expect(thrown).toMatchObject({ code: 'judge_unavailable' })
    })

    it('can leave while it waits, and can ask again at once', async () => {
      const client = clientOf(target())
      const leaving = new AbortController()
      const before = target().model.upstream.requests.length
      void target()
        .model.upstream.request(before)
        .then(() => leaving.abort())
      await expect(
        client.chat.completions.create(saying('Hello [stand-in: slow 200]'), {
          signal: leaving.signal,
        }),
      ).rejects.toBeInstanceOf(OpenAI.APIUserAbortError)
      expect((await client.chat.completions.create(ASK)).choices).toHaveLength(1)
    })
  })
}
