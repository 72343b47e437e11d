/** Policies that are swapped again and again under load on workerd, with D1. */
import { expect, it } from 'vitest'
import { drillSwaps, unhurried } from '../../fakes/drill-revisions.ts'
import { startTestEdge } from '../../fakes/edge.ts'
import { createSpeaker } from '../../fakes/speaker.ts'
import { startUpstream } from '../../fakes/upstream.ts'

it('serves each request under one whole revision', async () => {
  const speaker = createSpeaker()
  await using upstream = await startUpstream(unhurried(speaker))
  const edge = await startTestEdge({ upstream: upstream.url })
  try {
    const report = await drillSwaps({
      target: { urls: [edge.url], appKey: edge.appKey, adminToken: edge.tokenOf },
      name: 'edge',
      signer: edge.signer,
      swaps: 50,
      speaker,
      concurrency: 100,
    })
    expect(report.faults).toEqual([])
    expect(report.editionsServed).toBeGreaterThan(10)
  } finally {
    await edge.close()
  }
})
