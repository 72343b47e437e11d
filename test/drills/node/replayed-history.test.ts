/** States of a policy that somebody with the database in hand has turned back: what has been replaced never serves again. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from '../../../src/node.ts'
import { type LoadedPolicies, loadPolicies } from '../../../src/start/node/load-policies.node.ts'
import { createAdminCaller } from '../../fakes/admin-caller.ts'
import { createSigner, keySetOf, type Signer } from '../../fakes/revisions.ts'
import { digestOfText, smallEnvelope, smallSubmission } from '../../fakes/small-revisions.ts'

const POLICY = 'small'

let root: string
let signer: Signer
let policies: LoadedPolicies
let digests: readonly string[]
const open = new Set<Gateway>()

const start = async (dataDir: string) => {
  const printed: string[] = []
  const gateway = await startGateway({
    environment: {
      PORT: '0',
      DATA_DIR: dataDir,
      POLICY_SIGNERS: JSON.stringify(keySetOf(signer)),
    },
    print: (text) => printed.push(text),
    policies,
  })
  open.add(gateway)
  const secret = (name: string) => readFileSync(join(dataDir, name), 'utf8').trim()
  const admin = createAdminCaller({ url: gateway.url, token: secret('admin-token') })
  const change = async (path: string, body: object) => {
    const { status, text } = await admin.ask('POST', `/policies/${POLICY}/${path}`, {
      ...(path !== 'revisions' && { ifMatch: '*' }),
      body,
    })
    expect([status < 300, text]).toEqual([true, text])
  }
  return {
    change,
    printed: () => printed.join(''),
    async close() {
      open.delete(gateway)
      await gateway.close()
    },
    async served(policy = POLICY) {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${secret('app-key')}`,
          'content-type': 'application/json',
          'x-chambers-policy': policy,
        },
        body: JSON.stringify({
          model: 'stand-in',
          messages: [{ role: 'user', content: 'Good day' }],
        }),
      })
      await response.arrayBuffer()
      return [response.status, response.headers.get('x-chambers-policy')?.split('@')[1]]
    },
    /** How the instance that started last stands, as it says itself. */
    async status() {
      const { instances } = (await admin.ask('GET', '/status')).body
      const newest = instances.toSorted(
        (one: { started: number }, other: { started: number }) => other.started - one.started,
      )[0]
      const found = newest?.policies.find(({ id }: { id: string }) => id === POLICY)
      return { state: found?.state, problem: found?.problem, revision: found?.revision }
    },
  }
}

/** Texts 1, 2 and 3 one after the other, and a rollback to text 2 as revision 4. */
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'chambers-history-'))
  signer = await createSigner('desk')
  policies = await loadPolicies()
  digests = await Promise.all([1, 2, 3].map(digestOfText))
  const gateway = await start(join(root, 'kept'))
  for (const revision of [1, 2, 3]) {
    await gateway.change('revisions', await smallSubmission(signer, revision))
    await gateway.change('activate', { revision })
  }
  await gateway.change('rollback', { jws: await smallEnvelope(signer, 4, 2) })
  expect(await gateway.served()).toEqual([200, digests[1]])
  await gateway.close()
})
afterAll(async () => {
  for (const gateway of open) await gateway.close()
  rmSync(root, { recursive: true, force: true })
})

const COLUMNS =
  'policy, version, action, active, active_digest, candidate, candidate_digest, percent, shadow, changed, changed_by, reason'
/** A row like that of the first version, as the newest, with some of its columns altered. */
const insert = (altered: Readonly<Record<string, string>> = {}) => {
  const values = COLUMNS.split(', ').map(
    (column) => ({ version: '5', ...altered })[column] ?? column,
  )
  return `INSERT INTO policy_states (${COLUMNS}) SELECT ${values.join(', ')} FROM policy_states WHERE policy = 'small' AND version = 1`
}
const activeIn = (column: string, version: number) =>
  `(SELECT ${column} FROM policy_states WHERE policy = 'small' AND version = ${version})`

const TURNED_BACK: readonly (readonly [string, string, string])[] = [
  [
    'the newest row was deleted',
    "DELETE FROM policy_states WHERE policy = 'small' AND version = 4",
    'number_replayed',
  ],
  [
    'all rows but the first were deleted',
    "DELETE FROM policy_states WHERE policy = 'small' AND version > 1",
    'number_replayed',
  ],
  ['all rows were deleted', "DELETE FROM policy_states WHERE policy = 'small'", 'number_replayed'],
  ['an older row was inserted as the newest', insert(), 'number_replayed'],
  [
    'the newest row was overwritten with an older one',
    `UPDATE policy_states SET active = 3, active_digest = ${activeIn('active_digest', 3)} WHERE policy = 'small' AND version = 4`,
    'number_replayed',
  ],
  [
    'an old number was staged for nearly everyone',
    insert({
      active: '4',
      active_digest: activeIn('active_digest', 4),
      candidate: '1',
      candidate_digest: 'active_digest',
      percent: '99.9',
    }),
    'number_replayed',
  ],
  ['an old digest was put under the newest number', insert({ active: '4' }), 'digest_mismatch'],
  [
    'an old digest was put under a number that nobody signed',
    insert({ active: '9' }),
    'revision_missing',
  ],
  [
    'an old revision was copied to a number that nobody signed',
    `INSERT INTO policy_revisions (policy, number, digest, jws, report, pushed, pushed_by)
      SELECT policy, 9, digest, jws, report, pushed, pushed_by FROM policy_revisions
      WHERE policy = 'small' AND number = 1;
    ${insert({ active: '9' })}`,
    'payload_mismatch',
  ],
]

describe('what has been replaced does not serve again', () => {
  it.each(TURNED_BACK)('where %s', async (name, sql, problem) => {
    const dataDir = join(root, name.replaceAll(' ', '-'))
    cpSync(join(root, 'kept'), dataDir, { recursive: true })
    const running = await start(dataDir)
    expect(await running.status()).toEqual({ state: 'live', problem: null, revision: 4 })
    const database = new DatabaseSync(join(dataDir, 'chambers.db'))
    database.exec(sql)
    database.close()

    const standing = { state: 'cached', problem, revision: 4 }
    await expect.poll(() => running.status()).toEqual(standing)
    expect(await running.served()).toEqual([200, digests[1]])
    expect(running.printed()).toContain(`policy small: ${problem}; the last good one serves`)
    await running.close()

    const restarted = await start(dataDir)
    await expect.poll(() => restarted.status()).toEqual(standing)
    expect(await restarted.served()).toEqual([200, digests[1]])
    expect((await restarted.served('default'))[0]).toBe(200)
    // Put right, and followed by a newer signed revision, it is over.
    const again = new DatabaseSync(join(dataDir, 'chambers.db'))
    again.exec("DELETE FROM policy_states WHERE policy = 'small' AND version = 5")
    again.close()
    await restarted.change('revisions', await smallSubmission(signer, 10, 3))
    await restarted.change('activate', { revision: 10 })
    await expect.poll(() => restarted.served()).toEqual([200, digests[2]])
    await expect
      .poll(() => restarted.status())
      .toEqual({ state: 'live', problem: null, revision: 10 })
    await restarted.close()
  })
})
