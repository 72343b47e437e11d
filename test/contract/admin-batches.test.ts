import { describe, expect, it } from 'vitest'
import type { QueuedLine } from '../../src/queue/batches.ts'
import type { AdminJson } from '../fakes/admin-caller.ts'
import { NOW } from '../unit/revisions/control.ts'
import { type Asked, openAdminGateway } from './admin-gateway.ts'
import { bundleOf, DIGEST } from './fake-gateway.ts'

const chunk = {
  id: 'b1',
  policy: 'garden',
  digest: DIGEST,
  model: 'm',
  samples: 2,
  consent: 'harvest',
  tenant: 'acme',
  app: 'batch',
  lines: [
    { line: 1, text: '{"prompt":"A secret wish"}' },
    { line: 2, text: '{"messages":[{"role":"user","content":"Hello"}]}' },
  ],
}

async function open(hasQueue = true) {
  const queued: QueuedLine[] = []
  const events: object[] = []
  const gateway = await openAdminGateway(
    hasQueue
      ? {
          batches: {
            audit: {
              async commit(event) {
                events.push(event)
                const hash = 'a'.repeat(64)
                return { ...event, seq: 1, time: 1, prev: hash, hash }
              },
            },
            findBundle: (policy, digest) =>
              policy === 'garden' && digest === DIGEST ? bundleOf('garden', 'enforce') : null,
            async enqueue(line) {
              queued.push(line)
            },
          },
        }
      : {},
  )
  const post = async (asked: Asked) => {
    const response = await gateway.ask('POST', '/batches', asked)
    return { status: response.status, body: (await response.json()) as AdminJson }
  }
  return { post, queued, events }
}

describe('POST /admin/v1/batches', () => {
  it('queues the lines of a chunk, and the audit log tells of the batch alone', async () => {
    const { post, queued, events } = await open()
    const { status, body } = await post({ body: chunk })
    expect([status, body]).toEqual([200, { batch: 'b1', queued: 2 }])
    const { lines, ...plan } = chunk
    expect(queued).toEqual(lines.map((line) => ({ plan, ...line, queuedMs: NOW })))
    expect(events).toEqual([
      {
        actor: 'admin:ada',
        action: 'batch.enqueue',
        policy: 'garden',
        tenant: 'acme',
        details: {
          batch: 'b1',
          digest: DIGEST,
          app: 'batch',
          consent: 'harvest',
          lines: 2,
          first: 1,
        },
      },
    ])
    expect(JSON.stringify(events)).not.toContain('wish')
  })

  it.each([
    [
      'another tenant',
      { body: chunk, claims: { tenants: ['other'], policies: ['*'] } },
      403,
      'insufficient_scope',
    ],
    [
      'another policy',
      { body: chunk, claims: { tenants: ['acme'], policies: [] } },
      404,
      'not_found',
    ],
    ['no such digest', { body: { ...chunk, digest: 'e'.repeat(64) } }, 404, 'not_found'],
    ['no scope', { body: chunk, claims: { scope: 'transcript:read' } }, 403, 'insufficient_scope'],
    ['consent none', { body: { ...chunk, consent: 'none' } }, 400, 'invalid_request'],
    ['half a character', { body: { ...chunk, app: '\ud800' } }, 400, 'invalid_request'],
    ['a line break in a name', { body: { ...chunk, tenant: 'a\nb' } }, 400, 'invalid_request'],
    ['no lines', { body: { ...chunk, lines: [] } }, 400, 'invalid_request'],
  ])('with %s queues nothing', async (_, asked, status, code) => {
    const { post, queued, events } = await open()
    const answer = await post(asked)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect([queued, events]).toEqual([[], []])
  })

  it('points at the lines to be mended', async () => {
    const { post, queued } = await open()
    const lines = [...chunk.lines, { line: 3, text: '{"prompt":"x","hint":[]}' }]
    const { status, body } = await post({ body: { ...chunk, lines } })
    expect([status, body.problems]).toEqual([
      400,
      [
        {
          code: 'field_invalid',
          message: 'take out the unknown key hint',
          pointer: '/lines/2/text',
        },
      ],
    ])
    expect(queued).toEqual([])
  })

  it('says what to do where there is no queue', async () => {
    const { post } = await open(false)
    const { status, body } = await post({ body: chunk })
    expect([status, body.code, body.detail]).toEqual([
      503,
      'unavailable',
      'Run chambers harvest batch on its machine: this gateway has no queue',
    ])
  })
})
