import { startTestEdge } from '../../fakes/edge.ts'
import { describeExtremes } from '../../runtime/extremes-suite.ts'

describeExtremes('workerd with D1 and R2', (upstream) =>
  startTestEdge({
    upstream,
    variables: { UPSTREAM_REASONING: 'tagged', UPSTREAM_TRAINING_RIGHTS: 'open' },
  }),
)
