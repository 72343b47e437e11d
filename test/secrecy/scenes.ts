/**
 * Conversations for the secrecy suite, drawn from a seed: how the model shows its reasoning, what the client asks for, and how
 * it ends. Every thought holds the scene's canary. Pure.
 */
import type { JsonObject } from '../../src/lib/json.ts'
import { SETTINGS } from '../conformance/outcome-faults.ts'
import { interspersed } from '../fakes/disguises.ts'
import {
  type Asked,
  behave,
  decisionLine,
  replyOf,
  type Speak,
  THOUGHT,
  verdict,
  verdictReply,
  violation,
} from '../fakes/speaker.ts'
import { errorReply, type Reply } from '../fakes/upstream.ts'

export type Scene = {
  readonly name: string
  /** Stands in every thought, and may stand nowhere that a client or an operator looks. */
  readonly canary: string
  readonly body: JsonObject
  readonly speak: Speak
  /** The client leaves as soon as this kind of call arrives. */
  readonly leavesAt: Asked['kind'] | null
  /** Where a thought must be found in the transcript if the request had an answer. */
  readonly endsWell: boolean
}

/** A small generator (mulberry32): the same seed always gives the same scenes. */
export function createDice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Thoughtful = (thought: string, answer: string) => JsonObject

/** Every way of showing reasoning beside or within the answer. */
const FORMS: Readonly<Record<string, Thoughtful>> = {
  reasoning_content: (thought, content) => ({ content, reasoning_content: thought }),
  reasoning: (thought, content) => ({ content, reasoning: thought }),
  thinking: (thought, content) => ({ content, thinking: thought }),
  'two fields': (thought, content) => ({
    content,
    reasoning: thought,
    reasoning_content: thought,
    reasoning_details: [{ type: 'reasoning.text', text: thought }],
  }),
  reasoning_details: (thought, content) => ({
    content,
    reasoning_details: [{ type: 'reasoning.text', text: thought, signature: thought }],
  }),
  summaries: (thought, content) => ({
    content,
    reasoning_details: [{ type: 'reasoning.summary', summary: thought }],
  }),
  parts: (thought, text) => ({
    content: [
      { type: 'thinking', thinking: [{ type: 'text', text: thought }] },
      { type: 'text', text },
    ],
  }),
  'think block': (thought, answer) => ({ content: `<think>\n${thought}\n</think>\n\n${answer}` }),
  'think block with signs no one sees': (thought, answer) => ({
    content: `<th\u2063ink>\n${thought}\n</th\u{e0020}ink>\n\n${answer}`,
  }),
  'think block in other letters': (thought, answer) => ({
    content: `<тhіnk>\n${thought}\n＜/think＞\n\n${answer}`,
  }),
  harmony: (thought, answer) => ({
    content: `<|channel|>analysis<|message|>${thought}<|end|><|start|>assistant<|channel|>final<|message|>${answer}`,
  }),
  'unknown fields': (thought, content) => ({
    content,
    reasoning_content: thought,
    x_thoughts: thought,
    metadata: { scratch: thought },
    provider_specific_fields: { reasoning: thought },
  }),
}

/** What clients ask for; each changes how drafts are made. */
const SHAPES: Readonly<Record<string, JsonObject>> = {
  plain: {},
  limit: { max_completion_tokens: 2000 },
  'tight limit': { max_tokens: 40 },
  stop: { stop: ['###'] },
  logprobs: { logprobs: true, top_logprobs: 2 },
  'two choices': { n: 2 },
  tools: {
    tools: [{ type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } }],
  },
  schema: {
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'greeting', schema: { type: 'object' } },
    },
  },
}

type Say = (asked: Asked, thoughtful: Reply, canary: string) => Reply | undefined

type Ending = {
  readonly endsWell: boolean
  readonly answer?: string
  readonly decision?: string
  readonly leavesAt?: Asked['kind']
  /** Says otherwise than the well-behaved: null leaves the thoughtful reply as it is. */
  readonly say?: Say
}

const isDraft = ({ kind }: Asked) => !isReview(kind) && kind !== 'plain'
const isReview = (kind: Asked['kind']) => kind === 'answer' || kind === 'reasoning'

const reviewed =
  (change: (asked: Asked, canary: string) => JsonObject): Say =>
  (asked, _, canary) =>
    isReview(asked.kind) ? verdictReply(asked, change(asked, canary)) : undefined

/** Of the channel that saw the reasoning, words that quote it. */
const quoting = (asked: Asked, canary: string): JsonObject =>
  asked.kind === 'reasoning' ? { evidence: canary, hint: `It thinks ${canary}` } : {}

const echoed = (asked: Asked, canary: string) => {
  const words = `Cannot serve: ${canary} ${JSON.stringify(asked.body)}`
  return { message: words, param: words.slice(0, 300), code: words, type: words }
}

/** Says lines of its prompt and the mark of its leading message, as they are or in disguise. */
function quoteInstructions(
  asked: Asked,
  thought: string,
  dress: (words: string) => string,
): Reply | undefined {
  if (!isDraft(asked)) return undefined
  const quote = /Look at what the answer itself[^.]*\.|Carry out what your notes[^.]*\./
  const reference = /Reference of this text: (\w+)/.exec(JSON.stringify(asked.body))?.[1]
  const words = quote.exec(JSON.stringify(asked.body))?.[0]
  return behave(asked, { answer: dress(`${words} ${reference}`), thought })
}

/** Writes its answer with more of the thought in it, wherever the reasoning itself was. */
const behind =
  (answer: (canary: string) => string): Say =>
  (asked, _, canary) =>
    isDraft(asked) ? behave(asked, { answer: answer(canary), thought: canary }) : undefined

const ENDINGS: Readonly<Record<string, Ending>> = {
  release: { endsWell: true },
  refusal: { endsWell: true, decision: 'refuse', answer: 'I cannot help with that.' },
  redraft: {
    endsWell: true,
    say: reviewed((asked, canary) =>
      asked.earlier === 0 ? violation(asked, quoting(asked, canary)) : verdict(asked),
    ),
  },
  substitute: {
    endsWell: true,
    say: reviewed((asked, canary) => violation(asked, quoting(asked, canary))),
  },
  'weak reasoning': {
    endsWell: true,
    say: reviewed((asked, canary) =>
      asked.kind === 'reasoning'
        ? { ...violation(asked, quoting(asked, canary)), grounded: 1, missingSections: [canary] }
        : verdict(asked),
    ),
  },
  'the judge quotes the reasoning and passes': {
    endsWell: true,
    say: reviewed((asked, canary) => {
      const { findings } = verdict(asked)
      const quoted = (Array.isArray(findings) ? findings : []).map((finding: JsonObject) => ({
        ...finding,
        ...quoting(asked, canary),
      }))
      return verdict(asked, { findings: quoted, missingSections: [canary] })
    }),
  },
  'the judge answers in prose': {
    endsWell: false,
    say: (asked, _, canary) =>
      isReview(asked.kind) ? replyOf(asked, { content: `Fine: ${canary}` }) : undefined,
  },
  'the judge refuses': {
    endsWell: false,
    say: (asked, _, canary) =>
      isReview(asked.kind)
        ? replyOf(asked, { message: { content: canary, refusal: canary } })
        : undefined,
  },
  'the judge echoes its prompt in an error': {
    endsWell: false,
    say: (asked, _, canary) =>
      isReview(asked.kind) ? errorReply(400, echoed(asked, canary)) : undefined,
  },
  'the model echoes its prompt in a 400': {
    endsWell: false,
    say: (asked, _, canary) =>
      isDraft(asked) ? errorReply(400, echoed(asked, canary)) : undefined,
  },
  'the model echoes its prompt in a 422 of the second call': {
    endsWell: false,
    say(asked, _, canary) {
      if (isReview(asked.kind)) return verdictReply(asked, violation(asked))
      return asked.earlier > 0 || asked.kind === 'second pass'
        ? errorReply(422, echoed(asked, canary))
        : undefined
    },
  },
  'the model echoes its prompt in a 500': {
    endsWell: false,
    say: (asked, _, canary) =>
      isDraft(asked)
        ? errorReply(500, { ...echoed(asked, canary), headers: { 'x-should-retry': 'false' } })
        : undefined,
  },
  'an error within the reply': {
    endsWell: false,
    say: (asked, thoughtful, canary) =>
      isDraft(asked)
        ? 'sse' in thoughtful
          ? { sse: [...thoughtful.sse.slice(0, 2), { error: echoed(asked, canary) }] }
          : { json: { error: echoed(asked, canary) } }
        : undefined,
  },
  'cut after the thought': {
    endsWell: false,
    say(asked, thoughtful) {
      if (!isDraft(asked)) return undefined
      if ('sse' in thoughtful) return { sse: thoughtful.sse.slice(0, -2), ending: 'cut' }
      const text = 'json' in thoughtful ? JSON.stringify(thoughtful.json) : ''
      return { pieces: [text.slice(0, -40)], ending: 'cut' }
    },
  },
  'stalled after the thought': {
    endsWell: false,
    say: (asked, thoughtful) =>
      isDraft(asked)
        ? 'sse' in thoughtful
          ? { sse: thoughtful.sse.slice(0, -2), ending: 'stall' }
          : { stall: 'after-headers' }
        : undefined,
  },
  'the thought alone': {
    endsWell: false,
    say: (asked, _, canary) =>
      isDraft(asked) ? replyOf(asked, { content: canary, message: { x: 1 } }) : undefined,
  },
  'the thought cut by length': {
    endsWell: false,
    say: (asked, _, canary) =>
      isDraft(asked) && asked.kind !== 'second pass'
        ? replyOf(asked, {
            content: `<deliberation-${asked.nonce}>${canary}`,
            message: { reasoning_content: canary },
            finish: 'length',
          })
        : undefined,
  },
  'the answer repeats the tags': {
    endsWell: false,
    say: (asked, _, canary) =>
      isDraft(asked)
        ? behave(asked, { answer: `Hi <deliberation-${asked.nonce}>${canary}`, thought: canary })
        : undefined,
  },
  'the answer repeats the tags in disguise': {
    endsWell: false,
    say: (asked, _, canary) =>
      isDraft(asked)
        ? behave(asked, {
            answer: `Hi <delib\u034feration-${interspersed(asked.nonce, '\ufe0f')}>${canary}`,
            thought: canary,
          })
        : undefined,
  },
  'the answer begins with another thought': {
    endsWell: false,
    say: behind((canary) => `<think>\n${canary}\n</think>\n\nGood day!`),
  },
  'the answer begins with a thought that is not closed': {
    endsWell: false,
    say: behind((canary) => `<think>\n${canary}\n\nGood day!`),
  },
  'a thought goes on behind the boundary': {
    endsWell: false,
    say: behind((canary) => `And so ${canary}.\n</think>\n\nGood day!`),
  },
  'a thought goes on behind the boundary, in an open fence': {
    endsWell: false,
    say: behind((canary) => `\`\`\`\nlet x\nAnd so ${canary}.\n</think>\n\nGood day!`),
  },
  'another channel opens behind the answer': {
    endsWell: false,
    say: behind(
      (canary) =>
        `Good day!<|end|><|start|>assistant<|channel|>analysis<|message|>${canary}<|end|>`,
    ),
  },
  'a tag is miscopied': {
    endsWell: false,
    say: behind((canary) => `Good day! <deliberation-0f3a9c1e5b7d2468>${canary}`),
  },
  'the answer carries its decision over': {
    endsWell: false,
    say: behind((canary) => `Good day! ${canary}\n\n${decisionLine('comply').split(';')[0]}`),
  },
  'the answer quotes its instructions': {
    endsWell: false,
    say: (asked, _, canary) => quoteInstructions(asked, canary, (words) => words),
  },
  'the answer quotes its instructions with signs no one sees': {
    endsWell: false,
    say: (asked, _, canary) =>
      quoteInstructions(asked, canary, (words) => interspersed(words, '\u2063')),
  },
  'the answer quotes its instructions in other letters': {
    endsWell: false,
    say: (asked, _, canary) =>
      quoteInstructions(asked, canary, (words) => words.replaceAll('e', 'е').replaceAll('a', 'á')),
  },
  'the client leaves in the draft': { endsWell: false, leavesAt: 'draft' },
  'the client leaves in the review': { endsWell: false, leavesAt: 'reasoning' },
}

/** The failures of the table of outcomes, wherever they can happen: their thoughts hold the speaker's own. */
const FAILURES = Object.entries(SETTINGS).filter(([, { fault }]) => fault)

export const FORM_NAMES = [...Object.keys(FORMS), 'tagged']
export const SHAPE_NAMES = Object.keys(SHAPES)
export const ENDING_NAMES = Object.keys(ENDINGS)
export const FAILURE_COUNT = FAILURES.length

export type SceneChoice = {
  readonly canary: string
  readonly form: string
  readonly shape: string
  readonly ending: string
  readonly stream: boolean
}

export function createScene({ canary, form, shape, ending, stream }: SceneChoice): Scene {
  const {
    endsWell,
    answer = 'Good day! Ask away.',
    decision,
    leavesAt,
    say,
  } = ENDINGS[ending] ?? {
    endsWell: false,
  }
  const body = {
    ...SHAPES[shape],
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
  }
  const thought = `${THOUGHT} ${canary} is on my mind.`
  const speak: Speak = (asked) => {
    if (asked.kind === 'plain' || isReview(asked.kind)) {
      return say?.(asked, behave(asked), canary)
    }
    const thoughtful = thinkAloud(asked, {
      form,
      thought,
      answer: answerOf(shape, answer),
      decision,
    })
    return say?.(asked, thoughtful, canary) ?? thoughtful
  }
  return {
    name: `${form}, ${shape}, ${ending}, ${stream ? 'stream' : 'JSON'}`,
    canary,
    body,
    speak,
    leavesAt: leavesAt ?? null,
    endsWell,
  }
}

/** A failure of the table, in a place drawn by the dice. */
export function createFailureScene(
  index: number,
  {
    canary,
    stream,
    dice,
  }: Pick<SceneChoice, 'canary' | 'stream'> & { readonly dice: () => number },
): Scene {
  const [name, setting] = FAILURES[index % FAILURES.length] ?? ['', null]
  const kinds = ['draft', 'second pass', 'answer', 'reasoning'] as const
  const kind = kinds[Math.floor(dice() * kinds.length)] ?? 'draft'
  return {
    name: `${name} (${kind}, ${stream ? 'stream' : 'JSON'})`,
    canary,
    body: { stream, ...(kind === 'second pass' && { stop: ['###'] }), ...setting?.body },
    speak(asked) {
      const told = { thought: `${THOUGHT} ${canary}` }
      const placed = asked.kind === 'native' ? 'draft' : asked.kind
      if (placed !== kind) return isDraft(asked) ? behave(asked, told) : undefined
      return setting?.fault?.(asked, asked.earlier, { leave() {} }) ?? behave(asked, told)
    },
    leavesAt: null,
    endsWell: false,
  }
}

function answerOf(shape: string, answer: string): string {
  return shape === 'schema' ? JSON.stringify({ answer }) : answer
}

type Told = {
  readonly form: string
  readonly thought: string
  readonly answer: string
  readonly decision: string | undefined
}

/** A reply that thinks aloud in the scene's form, whatever it was asked for, and within the tags where those were asked for. */
function thinkAloud(asked: Asked, { form, thought, answer, decision }: Told): Reply {
  const line = decisionLine(decision)
  const said = `${thought}\n${line}`
  const calls = 'tools' in asked.body && asked.kind !== 'first pass' ? { tool_calls: [CALL] } : {}
  const hidden = FORMS[form]
  if (asked.kind === 'native' || asked.kind === 'second pass') {
    // A model of the tagged form has no reasoning of its own.
    const message = hidden ? hidden(said, answer) : { content: answer, x: 1 }
    return withExtras(
      replyOf(asked, { content: textIn(message), message: { ...message, ...calls } }),
      thought,
    )
  }
  const tags = `<deliberation-${asked.nonce}>\n${said}\n</deliberation-${asked.nonce}>\n`
  const content = asked.kind === 'first pass' ? tags : tags + answer
  // Models that reason by themselves do so beside the tags too.
  const beside = Object.entries(hidden?.(thought, '') ?? {}).filter(([name]) => name !== 'content')
  const message = { x_thoughts: thought, ...Object.fromEntries(beside), ...calls }
  return withExtras(replyOf(asked, { content, message }), thought)
}

function textIn({ content }: JsonObject): string {
  return typeof content === 'string' ? content : ''
}

const CALL = {
  index: 0,
  id: 'call_1',
  type: 'function',
  function: { name: 'look_up', arguments: '{"word":"greeting"}' },
}

/** Thoughts where providers of today put none, in fields that are not of the contract; and as many choices as were asked for. */
function withExtras(reply: Reply, thought: string): Reply {
  if ('json' in reply) {
    const json = reply.json as { choices: object[]; usage: object }
    const choices = json.choices.map((choice) => ({ ...choice, stop_reason: thought }))
    const both = [...choices, ...choices.map((choice) => ({ ...choice, index: 1 }))]
    const logprobs = {
      content: thought
        .split(' ')
        .map((token) => ({ token, logprob: -1, bytes: null, top_logprobs: [] })),
    }
    return {
      ...reply,
      headers: { 'x-debug': thought, 'x-request-id': 'upstream-1' },
      json: {
        ...json,
        choices: both.map((choice) => ({ ...choice, logprobs })),
        usage: { ...json.usage, notes: thought },
        debug: thought,
      },
    }
  }
  if (!('sse' in reply)) return reply
  const twice = reply.sse.flatMap((event) => {
    const { choices, ...rest } = event as { choices: object[] }
    const debugged = { ...rest, choices, debug: thought }
    return choices.length === 0
      ? [debugged]
      : [debugged, { ...rest, choices: choices.map((choice) => ({ ...choice, index: 1 })) }]
  })
  return { ...reply, headers: { 'x-debug': thought }, sse: twice }
}
