import { describe, expect, it } from 'vitest'
import { PARAMETERS } from '../../../src/wire/parameters.ts'
import { openAiContract } from '../../fakes/openapi.ts'

const contract = openAiContract()

describe('the table of parameters', () => {
  it.skipIf(!contract)(
    'covers every property of the chat request, each with a check or a refusal',
    () => {
      const names = contract?.properties('CreateChatCompletionRequest') ?? []
      expect(names.length).toBeGreaterThan(35)
      expect(names.filter((name) => !Object.hasOwn(PARAMETERS, name))).toEqual([])
      expect(
        names.filter((name) => PARAMETERS[name]?.fate !== 'refused' && !PARAMETERS[name]?.check),
      ).toEqual([])
    },
  )

  it('names the tool that would allow each hosted parameter, and no other', () => {
    const hosted = Object.values(PARAMETERS).map(({ fate, tool }) => (fate === 'hosted') === !!tool)
    expect(hosted).not.toContain(false)
  })

  it('gives a reason for each', () => {
    expect(Object.values(PARAMETERS).filter(({ reason }) => reason.length < 10)).toEqual([])
  })
})
