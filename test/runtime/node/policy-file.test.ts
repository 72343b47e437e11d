/** Policies of a gateway over a SQLite file that another process, the command line say, changes. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { startTestGateway } from '../../fakes/gateway.ts'
import { PUSHED_POLICY, pushRevisions } from '../../fakes/push-revisions.ts'
import { createSigner, keySetOf } from '../../fakes/revisions.ts'

it('serves by itself what another process has activated', async () => {
  const signer = await createSigner('desk')
  await using gateway = await startTestGateway({
    upstream: 'stand-in',
    environment: { POLICY_SIGNERS: JSON.stringify(keySetOf(signer)) },
  })
  const revisions = await pushRevisions(gateway, { signer, count: 4 })
  const other = openSqlite({ path: join(gateway.dataDir, 'chambers.db') })
  for (const [index, { number, digest }] of revisions.entries()) {
    await other.batch([
      {
        sql: `INSERT INTO policy_states (policy, version, action, active, active_digest, candidate,
            candidate_digest, percent, shadow, changed, changed_by, reason)
          VALUES (?, ?, 'activate', ?, ?, NULL, NULL, 0, 0, 0, 'test', NULL)`,
        params: [PUSHED_POLICY, index + 1, number, digest],
      },
    ])
    const served = async () => {
      const headers = {
        authorization: `Bearer ${gateway.appKey}`,
        'x-chambers-policy': PUSHED_POLICY,
      }
      const body = { model: 'stand-in', messages: [{ role: 'user', content: 'Good day' }] }
      return (await gateway.ask(body, { headers })).headers.get('x-chambers-policy')
    }
    await expect.poll(served).toBe(`${PUSHED_POLICY}@${digest}`)
  }
  await other.close()
})
