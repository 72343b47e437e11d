import { startTestGateway } from '../../fakes/gateway.ts'
import { describeClients } from '../client-suite.ts'
import { startRecordedModel, VENDOR_KEY } from '../clients/target.ts'

describeClients('Node', async () => {
  const model = await startRecordedModel()
  const gateway = await startTestGateway({
    upstream: model.upstream.url,
    environment: { UPSTREAM_API_KEY: VENDOR_KEY },
  })
  return {
    baseURL: `${gateway.url}/v1`,
    apiKey: gateway.appKey,
    model,
    transcript: (id) =>
      gateway.transcript(new Response(null, { headers: { 'x-chambers-transcript': id } })),
    async close() {
      await gateway.close()
      await model.upstream.close()
    },
  }
})
