/**
 * Grows the tree of the documents job: domains, subdomains, types and assertions, ideas, documents, each level from the one
 * above. I/O through the ports. What an earlier run has kept is taken as it is, so the same state grows the same tree.
 */
import type { BatchRunResult } from '../batch/run.ts'
import type { MsmCall } from './ask.ts'
import type { MsmTopic } from './compose.ts'
import { keyOf, type MsmNode, type MsmPlan, type MsmStep } from './plan.ts'
import type { MsmResult } from './state.ts'

export type Candidate = {
  readonly key: string
  readonly domain: string
}

export type GrowPorts = {
  /** Null for a call that was never made. */
  readonly kept: (key: string) => MsmResult | null
  /** Makes the calls and keeps what they come to. */
  readonly run: (step: MsmStep, calls: readonly MsmCall[]) => Promise<BatchRunResult>
  /** How many of the documents so far, in this order, are fit to be rows. */
  readonly countRows: (candidates: readonly Candidate[]) => Promise<number>
}

export type GrowOptions = { readonly plan: MsmPlan; readonly precedents: readonly string[] }

export type Grown = BatchRunResult & {
  /** Every document that was asked for, in the order of the tree. */
  readonly candidates: readonly Candidate[]
}

/** More ideas are had than documents are wanted, since some lead to none. */
const SPARE = 1.25
const MAX_IDEAS = 200
const SEEDS_PER_CALL = 3
const FIRST_OF_ALL: MsmNode = { step: 'domains', path: [] }

type Pair = {
  readonly path: readonly [domain: number, subdomain: number, type: number]
  readonly domain: string
  readonly subdomain: string
  readonly type: string
}

export async function growDocuments(ports: GrowPorts, options: GrowOptions): Promise<Grown> {
  const { plan } = options
  const listOf = (step: MsmStep, ...path: readonly number[]): readonly string[] => {
    const kept = ports.kept(keyOf({ step, path }))
    return kept && 'items' in kept ? kept.items : []
  }
  const call = (node: MsmNode, topic: MsmTopic, count = 1): MsmCall => ({ node, topic, count })
  const open = (calls: readonly MsmCall[]) => calls.filter(({ node }) => !ports.kept(keyOf(node)))
  const run = (step: MsmStep, calls: readonly MsmCall[]) => ports.run(step, open(calls))

  let result = await run('domains', [call(FIRST_OF_ALL, { step: 'domains' }, plan.domains)])
  const domains = listOf('domains')
  if (isWhole(result)) {
    result = await run(
      'subdomains',
      domains.map((domain, d) =>
        call(
          { step: 'subdomains', path: [d] },
          { step: 'subdomains', domain, domains },
          plan.subdomains,
        ),
      ),
    )
  }
  const subdomains = domains.flatMap((domain, d) =>
    listOf('subdomains', d).map((subdomain, s) => ({ d, s, domain, subdomain })),
  )
  for (const step of ['types', 'assertions'] as const) {
    if (!isWhole(result)) break
    result = await run(
      step,
      subdomains.map(({ d, s, ...topic }) =>
        call({ step, path: [d, s] }, { step, ...topic }, plan[step]),
      ),
    )
  }
  const pairs = spread(
    subdomains.flatMap(({ d, s, domain, subdomain }) =>
      listOf('types', d, s).map((type, t): Pair => ({ path: [d, s, t], domain, subdomain, type })),
    ),
  ).slice(0, Math.ceil(plan.documents * SPARE))
  const perPair = Math.min(
    MAX_IDEAS,
    Math.ceil((plan.documents * SPARE) / Math.max(1, pairs.length)),
  )
  if (isWhole(result)) {
    result = await run(
      'ideas',
      pairs.map(({ path, ...names }, at) => {
        const [d, s] = path
        const assertions = listOf('assertions', d, s)
        const precedents = seedsOf(options.precedents, at)
        const topic: MsmTopic = { step: 'ideas', ...names, assertions, precedents }
        return call({ step: 'ideas', path }, topic, perPair)
      }),
    )
  }
  if (!isWhole(result)) return { ...result, candidates: [] }

  // The first idea of every pair, then the second of every pair: any beginning of it covers the whole policy.
  const all = Array.from({ length: perPair }, (_, i) =>
    pairs.flatMap(({ path, ...names }) => {
      const idea = listOf('ideas', ...path)[i]
      if (idea === undefined) return []
      return [call({ step: 'document', path: [...path, i] }, { step: 'document', ...names, idea })]
    }),
  ).flat()
  const candidateOf = ({ node, topic }: MsmCall): Candidate => {
    return { key: keyOf(node), domain: topic.step === 'document' ? topic.domain : '' }
  }
  let asked = 0
  let rows = 0
  while (rows < plan.documents && asked < all.length) {
    const next = all.slice(asked, asked + plan.documents - rows)
    result = await run('document', next)
    if (!isWhole(result)) return { ...result, candidates: [] }
    asked += next.length
    rows = await ports.countRows(all.slice(0, asked).map(candidateOf))
  }
  return { ...result, candidates: all.slice(0, asked).map(candidateOf) }
}

/** A level that is not whole must not be built upon: the next run would build otherwise. */
function isWhole({ end, open }: BatchRunResult): boolean {
  return end === 'done' && open === 0
}

/** Neighbours differ in domain first, then in subdomain. */
function spread(pairs: readonly Pair[]): readonly Pair[] {
  return pairs.toSorted(
    ({ path: [d1, s1, t1] }, { path: [d2, s2, t2] }) => t1 - t2 || s1 - s2 || d1 - d2,
  )
}

/** Each precedent serves some of the calls, in turn. */
function seedsOf(precedents: readonly string[], at: number): readonly string[] {
  const count = Math.min(SEEDS_PER_CALL, precedents.length)
  return Array.from(
    { length: count },
    (_, index) => precedents[(at * count + index) % precedents.length] ?? '',
  )
}
