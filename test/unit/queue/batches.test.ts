import { describe, expect, it } from 'vitest'
import type { BatchWork, Done } from '../../../src/jobs/batch/run-item.ts'
import type { Unfinished } from '../../../src/jobs/runner/run-job.ts'
import { builtIn } from '../../../src/policy/built-in.generated.ts'
import { consumeBatches, sendBatchLine } from '../../../src/queue/batches.ts'
import type { R2Like } from '../../../src/transcript/store/r2-blobs.ts'

const bundle = builtIn.bundles[1]
if (!bundle) throw new Error('No policies')

const plan = {
  id: 'b',
  policy: bundle.id,
  digest: bundle.digest,
  model: 'm',
  samples: 4,
  consent: 'harvest',
  tenant: 'default',
  app: 'batch',
} as const

function createBucket() {
  const held = new Map<string, Uint8Array>()
  const bucket: R2Like = {
    async put(key, bytes) {
      held.set(key, bytes)
      return null
    },
    async get(key) {
      const bytes = held.get(key)
      return bytes ? { arrayBuffer: async () => Uint8Array.from(bytes).buffer } : null
    },
    async delete(keys) {
      for (const key of [keys].flat()) held.delete(key)
    },
  }
  return { bucket, held }
}

const done: Done = {
  kind: 'done',
  transcript: 'tr_1',
  outcome: 'released',
  reason: null,
  tokens: 1,
  asked: true,
}
const unfinished: Unfinished = {
  kind: 'unfinished',
  cause: 'transient',
  reason: 'model_timeout',
  tokens: 0,
  pauseMs: null,
}

/** Prompts that were sent in the clear are opened as they are. */
const seal = { open: async (bytes: Uint8Array<ArrayBuffer>) => bytes }

/** Sends one prompt and delivers it once. */
async function deliver(
  run: (work: BatchWork) => Promise<Done | Unfinished>,
  changes: { readonly text?: string; readonly attempts?: number; readonly isKnown?: boolean } = {},
) {
  const { text = '{"prompt":"Hello"}', attempts = 1, isKnown = true } = changes
  const { bucket, held } = createBucket()
  const sent: unknown[] = []
  const queue = {
    async send(message: unknown) {
      sent.push(message)
    },
  }
  await sendBatchLine({ queue, bucket }, { plan, line: 7, text })
  const ends: (string | number | undefined)[] = []
  const reported: unknown[] = []
  const message = {
    body: sent[0],
    attempts,
    ack: () => void ends.push('ack'),
    retry: (options?: { delaySeconds?: number }) => void ends.push(options?.delaySeconds),
  }
  await consumeBatches([message], {
    bucket,
    seal,
    findBundle: () => (isKnown ? (bundle ?? null) : null),
    run,
    report: (error) => void reported.push(error),
  })
  return { ends, held, reported, message, bucket }
}

describe('a prompt in the queue', () => {
  it('is run under its bundle, with its samples, and leaves', async () => {
    const works: BatchWork[] = []
    const { ends } = await deliver(async (work) => {
      works.push(work)
      return done
    })
    expect(ends).toEqual(['ack'])
    expect(works).toMatchObject([{ plan, line: 7, text: '{"prompt":"Hello"}' }])
    expect([works[0]?.bundle.digest, works[0]?.bundle.judge.samples]).toEqual([bundle.digest, 4])
  })

  it.each([
    ['comes back later and later', unfinished, 3, 40],
    ['comes back when the upstream asked', { ...unfinished, pauseMs: 90_000 }, 1, 90],
    ['waits for whoever mends a key', { ...unfinished, cause: 'fatal' }, 1, 600],
    ['never waits longer than an hour', unfinished, 50, 3_600],
  ] as const)('that is not done %s', async (_, result, attempts, seconds) => {
    const { ends } = await deliver(async () => result, { attempts })
    expect(ends).toEqual([seconds])
  })

  it('waits where its policy is not known yet', async () => {
    const { ends } = await deliver(async () => done, { isKnown: false })
    expect(ends).toEqual([600])
  })

  it('comes back when its work breaks, and the operator is told', async () => {
    const { ends, reported } = await deliver(async () => {
      throw new Error('a defect')
    })
    expect([ends, reported]).toEqual([[10], [new Error('a defect')]])
  })

  it('too large for a message leaves the bucket with it, and is nothing when it comes again', async () => {
    const text = JSON.stringify({ prompt: 'x'.repeat(200_000) })
    const { ends, held, message, bucket } = await deliver(async () => done, { text })
    expect([ends, held.size]).toEqual([['ack'], 0])
    const run = () => Promise.reject(new Error('asked twice'))
    await consumeBatches([message], {
      bucket,
      seal,
      findBundle: () => bundle ?? null,
      run,
      report: () => {},
    })
    expect(ends).toEqual(['ack', 'ack'])
  })
})
