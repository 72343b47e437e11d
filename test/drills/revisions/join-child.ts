/** Signs, stops and joins without an end, and prints what is done: to be killed at any moment. Arguments: database, keys. */
import { readFileSync } from 'node:fs'
import { openSqlite } from '../../../src/database/sqlite.node.ts'
import type { Bundle } from '../../../src/policy/section.ts'
import type { RevisionPayload } from '../../../src/revisions/revision.ts'
import {
  revise,
  reworded,
  type Signer,
  signedEnvelope,
  signedRevision,
  smallPolicy,
} from '../../fakes/revisions.ts'
import { createTestControl } from '../../unit/revisions/control.ts'

const [path = '', keys = ''] = process.argv.slice(2)
const [ann, ben] = JSON.parse(readFileSync(keys, 'utf8')) as [Signer, Signer]
const { bundle, tests } = await smallPolicy()
const twoPersons = await revise(bundle, (content) => ({
  ...content,
  signatures: { required: 2, signers: [] },
}))
const { control } = await createTestControl({
  database: openSqlite({ path }),
  signers: [ann, ben],
  builtIn: [twoPersons],
})

const revision = (text: Bundle, number: number, payload: Partial<RevisionPayload>) => ({
  bundle: text,
  tests,
  number,
  payload,
})
const must = <Done extends { readonly ok: boolean }>(done: Done, what: string) => {
  if (!done.ok) throw new Error(JSON.stringify(done))
  process.stdout.write(`${what}\n`)
}

for (;;) {
  const state = (await control.states())[0]
  if (!state) throw new Error('There is no policy')
  const { active, activeDigest: supersedes, stopped } = state
  const [newest] = await control.revisions('small', { before: null, limit: 1 })
  if (stopped !== null) {
    const record = await control.revision('small', active)
    if (!record) throw new Error('What serves is not kept')
    const { payload, jws } = record
    const own = await signedEnvelope({ signers: [ben], bundle, number: active, payload })
    const contents = { bundle: null, tests: null, files: null }
    if (own.payload !== jws.payload) throw new Error('Another text was signed')
    must(await control.push('small', { jws: own, ...contents }, 'ben'), `joined ${active}`)
  }
  const number = Math.max(newest?.number ?? 0, active) + 1
  const text = await reworded(twoPersons, number)
  const next = revision(text, number, { supersedes })
  must(
    await control.push('small', await signedRevision({ signers: [ann], ...next }), 'ann'),
    `pushed ${number}`,
  )
  const jws = await signedEnvelope({ signers: [ben], ...next })
  const sent = { jws, bundle: null, tests: null, files: null }
  must(await control.push('small', sent, 'ben'), `joined ${number}`)
  const activation = { policy: 'small', revision: number, percent: 100, shadow: null }
  must(
    await control.activate({ ...activation, callers: null, expected: null }, 'ben'),
    `active ${number}`,
  )
  const [, before] = await control.history('small', { before: null, limit: 2 })
  const back =
    before && before.active > 0 ? await control.bundle('small', before.active) : twoPersons
  if (!back || back.digest === text.digest) continue
  const said = { note: 'Stop', supersedes: text.digest, stop: true } as const
  const stop = await signedEnvelope({ signers: [ann], ...revision(back, number + 1, said) })
  must(
    await control.stop({ policy: 'small', jws: stop, expected: null }, 'ann'),
    `stopped ${number}`,
  )
}
