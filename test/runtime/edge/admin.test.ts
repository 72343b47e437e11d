import { startTestEdge } from '../../fakes/edge.ts'
import { createSpeaker } from '../../fakes/speaker.ts'
import { startUpstream } from '../../fakes/upstream.ts'
import { describeAdmin } from '../admin-suite.ts'

describeAdmin('workerd', async () => {
  const upstream = await startUpstream(createSpeaker(() => undefined).script)
  const edge = await startTestEdge({ upstream: upstream.url })
  const { url, adminToken, appKey, signer } = edge
  return {
    url,
    adminToken,
    appKey,
    signer,
    // The platform's own front takes the body first.
    async pushBytes(bytes) {
      const response = await fetch(`${url}/admin/v1/policies/garden/revisions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
        body: new Uint8Array(bytes).fill(0x20),
      })
      await response.arrayBuffer()
      return response.status
    },
    async close() {
      await edge.close()
      await upstream.close()
    },
  }
})
