/** Every client against one gateway; registered once for each platform. */
import { afterAll, beforeAll, describe } from 'vitest'
import { describeAiSdk } from './clients/ai-sdk-suite.ts'
import { describeLangChain } from './clients/langchain-suite.ts'
import { describeOpenAiErrors } from './clients/openai-errors-suite.ts'
import { describeOpenAiResponses } from './clients/openai-responses-suite.ts'
import { describeOpenAi } from './clients/openai-suite.ts'
import { describeOpenAiTools } from './clients/openai-tools-suite.ts'
import type { ClientTarget } from './clients/target.ts'

export function describeClients(platform: string, start: () => Promise<ClientTarget>): void {
  describe(`clients of the gateway on ${platform}`, () => {
    let started: ClientTarget | undefined
    const target = () => {
      if (!started) throw new Error('The gateway has not started')
      return started
    }
    beforeAll(async () => {
      started = await start()
    })
    afterAll(() => started?.close())

    describeOpenAi(target)
    describeOpenAiTools(target)
    describeOpenAiErrors(target)
    describeOpenAiResponses(target)
    describeAiSdk(target)
    describeLangChain(target)
  })
}
