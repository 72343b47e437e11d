import { expect, it } from 'vitest'
import { precedentOf } from '../../../../src/jobs/documents/precedents.ts'
import { plant } from '../../harvest/stages/plant.ts'

const messages = [{ role: 'user', content: 'How do I bake bread?' }]
const request = { model: 'model-one', messages }

it('is a request with the decision it led to', async () => {
  expect(await precedentOf(plant(1, { request, cited: ['SHM1'] }))).toBe(
    '{"request":"How do I bake bread?","decision":"safe_complete","clauses":["SHM1"]}',
  )
})

it.each([
  ['was not to be stored', { request: { ...request, store: false } }],
  ['an evaluation made, by its app', { request, app: 'evaluation' }],
  [
    'an evaluation made, by its metadata',
    { request: { ...request, metadata: { evaluation: 'x' } } },
  ],
])('is no request that %s', async (_, planted) => {
  expect(await precedentOf(plant(1, planted))).toBeNull()
})
