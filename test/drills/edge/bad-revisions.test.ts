import { startTestEdge } from '../../fakes/edge.ts'
import { createSpeaker } from '../../fakes/speaker.ts'
import { startUpstream } from '../../fakes/upstream.ts'
import { describeBadRevisions } from '../../runtime/bad-revisions-suite.ts'

describeBadRevisions('workerd', async (signerKeys) => {
  const upstream = await startUpstream(createSpeaker().script)
  const variables = { POLICY_SIGNERS: signerKeys }
  const edge = await startTestEdge({ upstream: upstream.url, variables })
  return {
    ...edge,
    actor: 'admin:test-admin',
    async close() {
      await edge.close()
      await upstream.close()
    },
  }
})
