/** Signatures join and one person stops while the process is killed outright: what was acknowledged is there, and nothing by half. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { verifyChain } from '../../../src/audit/verify-chain.ts'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import { liveAndDie } from '../../fakes/killed.ts'
import { createSigner, revise, smallPolicy } from '../../fakes/revisions.ts'
import { createTestControl } from '../../unit/revisions/control.ts'

const LIVES = 12
const folder = mkdtempSync(join(tmpdir(), 'chambers-join-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('nothing that was acknowledged is lost, and nothing is there by half', async () => {
  const [path, keys] = [join(folder, 'chambers.db'), join(folder, 'keys.json')]
  const signers = [await createSigner('ann'), await createSigner('ben')]
  writeFileSync(keys, JSON.stringify(signers))
  const { bundle } = await smallPolicy()
  const twoPersons = await revise(bundle, (content) => ({
    ...content,
    signatures: { required: 2, signers: [] },
  }))
  const done: string[] = []
  for (let life = 0; life < LIVES; life++) {
    const { lines, errors, code } = await liveAndDie(
      'test/drills/revisions/join-child.ts',
      [path, keys],
      13 * (life + 1),
    )
    expect([errors, code]).toEqual(['', null])
    done.push(...lines)
  }
  const database = openSqlite({ path })
  const { control, store, entries } = await createTestControl({
    database,
    signers,
    builtIn: [twoPersons],
  })
  const numbersOf = (what: string) =>
    done.flatMap((line) => (line.startsWith(what) ? [Number(line.split(' ')[1])] : []))
  for (const number of numbersOf('joined')) {
    const record = await control.revision('small', number)
    expect([number, record?.report.signers]).toEqual([number, ['ann', 'ben']])
    expect(record?.jws.signatures).toHaveLength(2)
  }
  expect(numbersOf('joined').length).toBeGreaterThan(LIVES)
  const states = await store.history('small', { before: null, limit: 1000 })
  const stops = states.filter(({ action }) => action === 'stop').map(({ stopped }) => stopped)
  expect(stops).toEqual(expect.arrayContaining(numbersOf('stopped')))
  for (const { stopped, active } of states) {
    const record = await control.revision('small', active)
    // By one signature nothing serves but a stop that says so.
    if (stopped !== null) expect(record?.payload.stop).toBe(true)
  }
  const all = await entries()
  async function* each() {
    yield* all
  }
  const verified = await verifyChain({ entries: each(), anchor: null })
  expect(verified).toMatchObject({ ok: true })
  await database.close()
})
