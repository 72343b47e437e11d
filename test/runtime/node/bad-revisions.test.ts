import { startTestGateway } from '../../fakes/gateway.ts'
import { describeBadRevisions } from '../bad-revisions-suite.ts'

describeBadRevisions('Node', async (signerKeys) => {
  const gateway = await startTestGateway({
    upstream: 'stand-in',
    environment: { POLICY_SIGNERS: signerKeys },
  })
  return { ...gateway, actor: 'admin:local-admin' }
})
