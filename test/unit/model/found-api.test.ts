/** The contract of a server that tells none: tried in order, found once. */
import { expect, it } from 'vitest'
import type { Completion, Model, ModelFailure, Prompt } from '../../../src/conversation/model.ts'
import { Opaque } from '../../../src/lib/opaque.ts'
import { fail, type Result, succeed } from '../../../src/lib/result.ts'
import { noSpan } from '../../../src/lib/tracing.ts'
import { createFoundApi } from '../../../src/model/found-api.ts'

const PROMPT: Prompt = { model: 'm', turns: [], parameters: {}, stream: false }
const OPTIONS = { signal: new AbortController().signal, span: noSpan }

const answer = succeed({ id: 'a' } as Completion)
const refusal = (status: number, code: string | null = null): Result<Completion, ModelFailure> =>
  fail({
    reason: 'model_rejected',
    status,
    code,
    param: null,
    detail: new Opaque(''),
    headers: {},
  })

function servers(...results: readonly Result<Completion, ModelFailure>[]) {
  const asked: number[] = []
  const models = results.map(
    (result, at): Model => ({
      provider: 'p',
      complete: async () => {
        asked.push(at)
        return result
      },
    }),
  )
  return { asked, model: createFoundApi(models as [Model, ...Model[]]) }
}

it.each([404, 405])(
  'asks by the next contract where a server answers %i, and keeps to it',
  async (status) => {
    const { asked, model } = servers(refusal(status), answer)
    await model.complete(PROMPT, OPTIONS)
    await model.complete(PROMPT, OPTIONS)
    expect(asked).toEqual([0, 1, 1])
  },
)

it.each([
  ['a model that is not there', refusal(404, 'model_not_found')],
  ['a refusal', refusal(400)],
  ['an answer', answer],
])('asks no further after %s', async (_, result) => {
  const { asked, model } = servers(result, answer)
  await model.complete(PROMPT, OPTIONS)
  expect(asked).toEqual([0])
})

it('tells the first refusal where no contract has an answer', async () => {
  const { model } = servers(refusal(404), refusal(405))
  expect(await model.complete(PROMPT, OPTIONS)).toMatchObject({ failure: { status: 404 } })
})
