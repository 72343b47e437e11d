/**
 * Grows the tree of the documents job: domains, subdomains, types and assertions, ideas, documents, each level from the one
 * above. I/O through the ports. What an earlier run has kept is taken as it is, so the same state grows the same tree.
 */
import type { JobResult } from '../runner/run-job.ts'
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
  readonly run: (step: MsmStep, calls: readonly MsmCall[]) => Promise<JobResult>
  /** How many of the documents so far, in this order, are fit to be rows. */
  readonly countRows: (candidates: readonly Candidate[]) => Promise<number>
}

export type GrowOptions = { readonly plan: MsmPlan; readonly precedents: readonly string[] }

export type Grown = JobResult & {
  /** Every document that was asked for, in the order of the tree. */
  readonly candidates: readonly Candidate[]
}

/** More ideas are had than documents are wanted, since some lead to none. */
const SPARE = 1.25
const MAX_IDEAS = 200
const SEEDS_PER_CALL = 3
const FIRST_OF_ALL: MsmNode = { step: 'domains', path: [] }

/** The places of the tree that a level's calls are about. */
type Subdomain = {
  readonly path: readonly [domain: number, subdomain: number]
  readonly domain: string
  readonly subdomain: string
}

type Pair = {
  readonly path: readonly [domain: number, subdomain: number, type: number]
  readonly domain: string
  readonly subdomain: string
  readonly type: string
}

export async function growDocuments(ports: GrowPorts, options: GrowOptions): Promise<Grown> {
  const tree = new Tree(ports, options)
  for (const grow of LEVELS) {
    const result = await grow(tree)
    if (!isWhole(result)) return { ...result, candidates: [] }
  }
  return writeDocuments(ports, { calls: tree.documentCalls(), wanted: options.plan.documents })
}

/** Each is built upon those before it. */
const LEVELS: readonly ((tree: Tree) => Promise<JobResult>)[] = [
  (tree) => tree.growDomains(),
  (tree) => tree.growSubdomains(),
  (tree) => tree.growBelowSubdomains('types'),
  (tree) => tree.growBelowSubdomains('assertions'),
  (tree) => tree.growIdeas(),
]

/** What was kept of the tree so far, and the calls that its next level needs. */
class Tree {
  readonly #ports: GrowPorts
  readonly #plan: MsmPlan
  readonly #precedents: readonly string[]

  constructor(ports: GrowPorts, { plan, precedents }: GrowOptions) {
    this.#ports = ports
    this.#plan = plan
    this.#precedents = precedents
  }

  growDomains(): Promise<JobResult> {
    const topic: MsmTopic = { step: 'domains' }
    return this.#run('domains', [{ node: FIRST_OF_ALL, topic, count: this.#plan.domains }])
  }

  growSubdomains(): Promise<JobResult> {
    const domains = this.#listOf('domains')
    const step = 'subdomains'
    const calls = domains.map((domain, d): MsmCall => {
      const topic: MsmTopic = { step, domain, domains }
      return { node: { step, path: [d] }, topic, count: this.#plan.subdomains }
    })
    return this.#run(step, calls)
  }

  growBelowSubdomains(step: 'types' | 'assertions'): Promise<JobResult> {
    const calls = this.#subdomains().map(({ path, ...names }): MsmCall => {
      return { node: { step, path }, topic: { step, ...names }, count: this.#plan[step] }
    })
    return this.#run(step, calls)
  }

  growIdeas(): Promise<JobResult> {
    const pairs = this.#pairs()
    const count = this.#ideasPerPair(pairs)
    const calls = pairs.map(({ path, ...names }, at): MsmCall => {
      const [d, s] = path
      const assertions = this.#listOf('assertions', d, s)
      const precedents = seedsOf(this.#precedents, at)
      const topic: MsmTopic = { step: 'ideas', ...names, assertions, precedents }
      return { node: { step: 'ideas', path }, topic, count }
    })
    return this.#run('ideas', calls)
  }

  /** The first idea of every pair, then the second of every pair: any beginning of it covers the whole policy. */
  documentCalls(): readonly MsmCall[] {
    const pairs = this.#pairs()
    const step = 'document'
    return Array.from({ length: this.#ideasPerPair(pairs) }, (_, i) =>
      pairs.flatMap(({ path, ...names }): readonly MsmCall[] => {
        const idea = this.#listOf('ideas', ...path)[i]
        if (idea === undefined) return []
        return [{ node: { step, path: [...path, i] }, topic: { step, ...names, idea }, count: 1 }]
      }),
    ).flat()
  }

  #run(step: MsmStep, calls: readonly MsmCall[]): Promise<JobResult> {
    return runOpen(this.#ports, { step, calls })
  }

  #listOf(step: MsmStep, ...path: readonly number[]): readonly string[] {
    const kept = this.#ports.kept(keyOf({ step, path }))
    return kept && 'items' in kept ? kept.items : []
  }

  #subdomains(): readonly Subdomain[] {
    return this.#listOf('domains').flatMap((domain, d) =>
      this.#listOf('subdomains', d).map((subdomain, s) => ({ path: [d, s], domain, subdomain })),
    )
  }

  #pairs(): readonly Pair[] {
    const all = this.#subdomains().flatMap(({ path: [d, s], ...names }) =>
      this.#listOf('types', d, s).map((type, t): Pair => ({ path: [d, s, t], ...names, type })),
    )
    return spread(all).slice(0, Math.ceil(this.#plan.documents * SPARE))
  }

  #ideasPerPair(pairs: readonly Pair[]): number {
    const wanted = (this.#plan.documents * SPARE) / Math.max(1, pairs.length)
    return Math.min(MAX_IDEAS, Math.ceil(wanted))
  }
}

/** As many documents as are wanted, and more in the place of those that became no row. */
async function writeDocuments(
  ports: GrowPorts,
  { calls, wanted }: { readonly calls: readonly MsmCall[]; readonly wanted: number },
): Promise<Grown> {
  let result: JobResult = { end: 'done', reason: null, open: 0 }
  let asked = 0
  let rows = 0
  while (rows < wanted && asked < calls.length) {
    const next = calls.slice(asked, asked + wanted - rows)
    result = await runOpen(ports, { step: 'document', calls: next })
    if (!isWhole(result)) return { ...result, candidates: [] }
    asked += next.length
    rows = await ports.countRows(calls.slice(0, asked).map(candidateOf))
  }
  return { ...result, candidates: calls.slice(0, asked).map(candidateOf) }
}

/** What an earlier run has made is not made again. */
function runOpen(
  { kept, run }: GrowPorts,
  { step, calls }: { readonly step: MsmStep; readonly calls: readonly MsmCall[] },
): Promise<JobResult> {
  return run(
    step,
    calls.filter(({ node }) => !kept(keyOf(node))),
  )
}

function candidateOf({ node, topic }: MsmCall): Candidate {
  return { key: keyOf(node), domain: topic.step === 'document' ? topic.domain : '' }
}

/** A level that is not whole must not be built upon: the next run would build otherwise. */
function isWhole({ end, open }: JobResult): boolean {
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
