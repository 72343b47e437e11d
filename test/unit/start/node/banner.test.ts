import { expect, it } from 'vitest'
import { readinessResponse } from '../../../../src/http/health.ts'
import type { PolicyStatus } from '../../../../src/policy/repository.ts'
import { servedOf } from '../../../../src/start/node/banner.node.ts'

const status: PolicyStatus = {
  id: 'default',
  digest: 'd'.repeat(64),
  revision: 7,
  candidate: null,
  state: 'cached',
  problem: 'database_unavailable',
  ageMs: 90_000,
}

it('what a gateway serves is read from its readiness: revision and state as they are', async () => {
  const agentic = { ...status, id: 'agentic', revision: 0, state: 'live', problem: null } as const
  const readiness = { policies: [status, agentic], spooled: 0 }
  const ready = await readinessResponse(readiness, () => true).json()
  expect(servedOf(ready)).toEqual([
    { id: 'default', digest: status.digest, revision: 7, state: 'cached' },
    { id: 'agentic', digest: status.digest, revision: 0, state: 'live' },
  ])
})
