import { startTestEdge } from '../../fakes/edge.ts'
import { describeClients } from '../../runtime/client-suite.ts'
import { startRecordedModel, VENDOR_KEY } from '../../runtime/clients/target.ts'

describeClients('workerd', async () => {
  const model = await startRecordedModel()
  const edge = await startTestEdge({
    upstream: model.upstream.url,
    variables: { UPSTREAM_API_KEY: VENDOR_KEY },
  })
  return {
    baseURL: `${edge.url}/v1`,
    apiKey: edge.appKey,
    model,
    transcript: (id) => edge.transcript(id),
    async close() {
      await edge.close()
      await model.upstream.close()
    },
  }
})
