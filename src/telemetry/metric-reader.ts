/** A metric reader that is read on demand: no timer of its own, since Workers tie timers to a request. No I/O. */
import { AggregationTemporality, MetricReader } from '@opentelemetry/sdk-metrics'

/**
 * `cumulative` where one process lives long; `delta` for the edge, where isolates come and go and sums over them are the
 * receiver's work.
 */
export type Temporality = 'cumulative' | 'delta'

export class OnDemandReader extends MetricReader {
  constructor(temporality: Temporality) {
    const wanted =
      temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE
    super({ aggregationTemporalitySelector: () => wanted })
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
}
