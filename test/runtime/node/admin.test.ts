import { request } from 'node:http'
import { startTestGateway } from '../../fakes/gateway.ts'
import { createSigner, keySetOf } from '../../fakes/revisions.ts'
import { describeAdmin } from '../admin-suite.ts'

describeAdmin('Node', async () => {
  const signer = await createSigner('desk')
  const gateway = await startTestGateway({
    upstream: 'stand-in',
    environment: { POLICY_SIGNERS: JSON.stringify(keySetOf(signer)) },
  })
  const { url, adminToken, appKey } = gateway
  return {
    url,
    adminToken,
    appKey,
    signer,
    // The answer is there before the body is.
    pushBytes: (bytes) =>
      new Promise((resolve, reject) => {
        const sending = request(`${url}/admin/v1/policies/garden/revisions`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${adminToken}`,
            'content-type': 'application/json',
            'content-length': bytes,
          },
        })
        sending.on('error', reject)
        sending.on('response', ({ statusCode }) => {
          resolve(statusCode)
          sending.destroy()
        })
        sending.write('{"jws":')
      }),
    close: () => gateway.close(),
  }
})
