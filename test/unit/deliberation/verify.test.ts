import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Answer, Draft, OutputPart } from '../../../src/conversation/outcome.ts'
import { createReasoning } from '../../../src/conversation/reasoning.ts'
import { checkConsistency } from '../../../src/deliberation/consistency.ts'
import { createLeakFinder, type LeakQuery } from '../../../src/deliberation/leak.ts'
import { verify } from '../../../src/deliberation/verify.ts'
import { builtIn } from '../../../src/policy/built-in.generated.ts'
import { wordRuns } from '../../../src/text/word-runs.ts'
import { INVISIBLE_SIGNS, interspersed, LETTER_DISGUISES, MARKS } from '../../fakes/disguises.ts'
import { createBundle, createSection, protocol } from './fixtures.ts'

const QUOTE =
  'The reason behind GEN is that people deserve help which does not come at the cost of others around them.'
const LONG_FALLBACK =
  'I am sorry that things are this hard, and I would like to help you find someone to talk to today.'
const bundle = createBundle({
  sections: [createSection('GEN', { fallback: LONG_FALLBACK }), createSection('SHM')],
})
const NONCE = '0f3a9c1e5b7d2468'
const CANARY = 'c'.repeat(28)
const findLeak = createLeakFinder()

const textAnswer = (text: string): Answer => ({
  parts: [{ kind: 'text', text }],
  finishReason: 'stop',
  logprobs: null,
})
const callPart = (text: string): OutputPart => ({
  kind: 'tool_call',
  call: { id: 'call_1', kind: 'function', name: 'write', arguments: text },
})

function leakOf(answer: Answer, changes: Partial<LeakQuery> = {}) {
  return findLeak({
    answer,
    turns: [{ role: 'user', content: 'hello' }],
    bundle,
    protocol,
    nonces: [NONCE],
    canary: CANARY,
    reasoning: null,
    ...changes,
  })
}

const ESCAPED = JSON.stringify({ body: QUOTE }).replaceAll('t', '\\u0074')

describe('a leak', () => {
  it.each([
    ['the nonce', `see ${NONCE}`, 'nonce'],
    ['the nonce in capitals', NONCE.toUpperCase(), 'nonce'],
    ['the canary', `ref ${CANARY}`, 'canary'],
    ['a reasoning boundary', 'x </deliberation-ffffffff> y', 'boundary'],
    ['a boundary between backticks', '`</deliberation-ffffffff>`', 'boundary'],
    ['a leading think block', '<think>and thought</think> Answer', 'boundary'],
    ['a closer that closes nothing', 'and thought\n</think>\nAnswer', 'boundary'],
    ['a harmony channel', '<|channel|>final', 'boundary'],
    ['the decision line', 'decision: comply; clauses: GEN1\n\nHere you are.', 'decision'],
    ['the decision line in bold', 'Sure.\n**Decision:** refuse; clauses: none', 'decision'],
    ['policy text', `They say: ${QUOTE}`, 'policy_text'],
    ['policy text in other clothes', QUOTE.toUpperCase().replaceAll(' ', '\n — '), 'policy_text'],
    ['policy text in full-width letters', fullWidth(QUOTE), 'policy_text'],
    ['policy text with invisible letters', QUOTE.replaceAll('e', 'e\u200b'), 'policy_text'],
    ['policy text in the escapes of JSON', ESCAPED, 'policy_text'],
    ['policy text in escapes that the limit cut', ESCAPED.slice(0, -2), 'policy_text'],
    [
      'policy text in escapes within a fence',
      `Here:\n\`\`\`json\n${ESCAPED}\n\`\`\``,
      'policy_text',
    ],
    ['a nonce in JSON by the line', `{}\n{"a":"${NONCE.replace('f', '\\u0066')}"}`, 'nonce'],
    ['a style text', bundle.style.comply, 'policy_text'],
    ['protocol text', protocol.texts.stages?.slice(100, 400) ?? '', 'policy_text'],
  ])('is found: %s', (_, text, kind) => {
    expect(leakOf(textAnswer(text))).toBe(kind)
  })

  it.each([
    ['in arguments', QUOTE],
    ['in JSON arguments', JSON.stringify({ body: QUOTE })],
    ['in escaped arguments', ESCAPED],
    ['in arguments that the limit cut', `{"body":"${QUOTE.replaceAll(' ', '\\n')}`],
    ['in a name that comes twice', ESCAPED.replace('}', ',"body":""}')],
    ['under a name that is forbidden', ESCAPED.replace('body', '__proto__')],
    ['deeper than any request', `${'['.repeat(300)}${ESCAPED}${']'.repeat(300)}`],
  ])('is found in a tool call: %s', (_, text) => {
    expect(leakOf({ parts: [callPart(text)], finishReason: 'tool_calls', logprobs: null })).toBe(
      'policy_text',
    )
  })

  it('is none in a tool call that writes tags', () => {
    const text = JSON.stringify({ code: '<think>\n</think>\n<|channel|>analysis<|message|>' })
    expect(leakOf({ parts: [callPart(text)], finishReason: 'tool_calls', logprobs: null })).toBe(
      null,
    )
  })

  it('is found in the id of a tool call', () => {
    const call = { id: `call_${NONCE}`, kind: 'function', name: 'a', arguments: '{}' } as const
    const parts = [{ kind: 'tool_call', call }] as const
    expect(leakOf({ parts, finishReason: 'tool_calls', logprobs: null })).toBe('nonce')
  })

  it.each([
    ['a decision of another kind', 'Decision: refuse', ''],
    ['a line the client wrote', 'decision: refuse; clauses: 4', 'Reply: decision: X; clauses: N'],
  ])('is not %s', (_, text, content) => {
    const own = content.replace('X', 'comply').replace('Reply: ', 'Reply:\n')
    expect(leakOf(textAnswer(text), { turns: [{ role: 'user', content: own }] })).toBeNull()
  })

  it('is found where there are more boundaries than a client quotes', () => {
    const many = Array.from(
      { length: 5000 },
      (_, index) => `<deliberation-${10_000_000 + index}>`,
    ).join(' ')
    const turns = [{ role: 'user', content: 'x'.repeat(2_000_000) + many }] as const
    expect(leakOf(textAnswer(many), { turns })).toBe('boundary')
  })

  it('is found in the transcript of audio and in annotations', () => {
    const audio: OutputPart = {
      kind: 'opaque',
      name: 'audio',
      value: { data: 'x', transcript: QUOTE },
    }
    const notes: OutputPart = { kind: 'opaque', name: 'annotations', value: [{ title: QUOTE }] }
    for (const part of [audio, notes]) {
      expect(leakOf({ parts: [part], finishReason: 'stop', logprobs: null })).toBe('policy_text')
    }
  })

  it.each([
    ['eleven words of policy text', QUOTE.split(' ').slice(0, 11).join(' '), {}],
    ['what a section offers to be said', `${LONG_FALLBACK} Take care.`, {}],
    ['a tag spoken of between backticks', 'Qwen writes `<think>` first.', {}],
    ['a tag in the middle', 'Qwen writes <think>so</think> first.', {}],
    [
      'the closer of a tag that the client wrote',
      'so\n</think>\nHi',
      { turns: [{ role: 'user', content: 'Close the <think> block.' }] },
    ],
    [
      'the client’s own quotation',
      QUOTE,
      { turns: [{ role: 'user', content: `Translate: ${QUOTE}` }] },
    ],
    [
      'the client’s own tag',
      '<think>',
      { turns: [{ role: 'system', content: 'Emit <think> tags' }] },
    ],
    [
      'what an earlier tool call held',
      QUOTE,
      {
        turns: [
          {
            role: 'assistant',
            toolCalls: [{ id: '1', kind: 'function', name: 'f', arguments: QUOTE }],
          },
        ],
      },
    ],
  ] as const)('is not seen in %s', (_, text, changes) => {
    expect(leakOf(textAnswer(text), changes)).toBeNull()
  })

  it('is seen where the client quoted another part only', () => {
    const words = QUOTE.split(' ')
    const turns = [{ role: 'user', content: words.slice(0, 13).join(' ') }] as const
    expect(leakOf(textAnswer(QUOTE), { turns })).toBe('policy_text')
  })
})

describe('a leak in disguise', () => {
  const SECRETS = [
    ['policy_text', QUOTE],
    ['nonce', `see ${NONCE}.`],
    ['canary', `ref ${CANARY}`],
    ['boundary', 'x </deliberation-ffffffff> y'],
    ['boundary', 'x <think> y'],
    ['boundary', 'x <|channel|> y'],
    ['boundary', 'x [THINK] y'],
    ['decision', 'decision: comply; clauses: GEN1'],
  ] as const

  it.each(SECRETS)('is found by any invisible sign: %s, %s', (kind, text) => {
    const passed = INVISIBLE_SIGNS.filter(
      (sign) => leakOf(textAnswer(interspersed(text, sign))) !== kind,
    )
    expect(passed).toEqual([])
  })

  it.each(SECRETS)('is found under marks: %s, %s', (kind, text) => {
    for (const mark of MARKS) {
      expect([mark, leakOf(textAnswer(interspersed(text, mark)))]).toEqual([mark, kind])
      const many = interspersed(text, mark.repeat(40))
      expect([mark, leakOf(textAnswer(many))]).toEqual([mark, kind])
    }
  })

  it('is found in letters that look alike, each of Unicode’s', () => {
    const passed = LETTER_DISGUISES.filter(([latin, sign]) => {
      const text = QUOTE.replace(new RegExp(latin, 'gi'), sign)
      const nonce = NONCE.replaceAll(latin, sign)
      return (
        leakOf(textAnswer(text)) !== 'policy_text' ||
        leakOf(textAnswer(nonce)) !== 'nonce' ||
        leakOf(textAnswer(CANARY.replaceAll(latin, sign))) !== 'canary'
      )
    })
    expect(passed).toEqual([])
  })

  it.each([
    ['Cyrillic letters', '<тһіnк>', 'boundary'],
    ['full-width signs', '＜think＞', 'boundary'],
    ['full-width brackets', '［THINK］', 'boundary'],
    ['more invisible signs than a tag is long', `<${'\u2063'.repeat(500)}think>`, 'boundary'],
    ['signs that stand for four behind the name', `<thіnk ${'㍿'.repeat(25)}>`, 'boundary'],
    ['backticks around our own', '`<deliberаtion-ffffffff>`', 'boundary'],
    ['a look-alike in the decision line', 'dесіѕіоn: rеfuѕе; сlаuѕеs: none', 'decision'],
    [
      'Greek capitals',
      QUOTE.toUpperCase().replaceAll('N', 'Ν').replaceAll('H', 'Η'),
      'policy_text',
    ],
  ])('is found through %s', (_, text, kind) => {
    expect(leakOf(textAnswer(text))).toBe(kind)
  })

  it('is none where the client wrote the same, in whichever letters', () => {
    const dressed = interspersed(QUOTE.replaceAll('e', 'е'), '\u2063')
    const turns = (content: string) => ({ turns: [{ role: 'user', content }] as const })
    expect(leakOf(textAnswer(dressed), turns(`Translate: ${QUOTE}`))).toBeNull()
    expect(leakOf(textAnswer(QUOTE), turns(`Translate: ${dressed}`))).toBeNull()
    expect(leakOf(textAnswer('<th\u2063ink>'), turns('Emit <think> tags'))).toBeNull()
    expect(leakOf(textAnswer(interspersed(LONG_FALLBACK, '\u0301')))).toBeNull()
  })

  it('is found where a policy is written in other letters, whatever their case', () => {
    const greek =
      'Ο νόμος της πόλης δεν επιτρέπει σε κανέναν να κάνει κακό στους άλλους ούτε με λόγια'
    const sections = [createSection('GEN', { definitions: greek })]
    const hidden = { ...createBundle({ sections }), digest: 'greek' }
    expect(leakOf(textAnswer(greek.toUpperCase()), { bundle: hidden })).toBe('policy_text')
    expect(leakOf(textAnswer(greek), { bundle })).toBeNull()
  })
})

describe('the built-in policies', () => {
  const data = '../shared/data/benign'
  const find = createLeakFinder()
  const { protocol } = builtIn
  const query = { turns: [], protocol, nonces: [NONCE], canary: CANARY, reasoning: null }

  it.skipIf(!existsSync(data))(
    'take no real answer for a leak but those in which a model lost its thoughts',
    () => {
      const answers = readdirSync(data)
        .filter((name) => name.endsWith('.jsonl'))
        .flatMap((name) => readFileSync(`${data}/${name}`, 'utf8').split('\n').slice(0, 300))
        .filter((line) => line !== '')
        .flatMap((line) => assistantTexts(JSON.parse(line)))
      expect(answers.length).toBeGreaterThan(500)
      for (const bundle of builtIn.bundles) {
        const guilty = answers.filter(
          (text) => find({ ...query, bundle, answer: textAnswer(text) }) !== null,
        )
        expect(guilty.filter((text) => !text.includes('</think>'))).toEqual([])
        expect(guilty).toEqual(answers.filter((text) => text.includes('</think>')))
      }
    },
  )

  it.skipIf(!existsSync(data))('take no prompt in any language for a leak', () => {
    const prompts = readdirSync(data)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(`${data}/${name}`, 'utf8').split('\n').slice(0, 300))
      .filter((line) => /[^\p{ASCII}]/u.test(line))
      .flatMap((line) => stringsOf(JSON.parse(line)))
      .filter((text) => /[^\p{Script=Latin}\p{ASCII}\p{P}]/u.test(text))
    expect(prompts.length).toBeGreaterThan(500)
    for (const bundle of builtIn.bundles) {
      const guilty = prompts.filter(
        (text) =>
          !text.includes('<think>') &&
          find({ ...query, bundle, answer: textAnswer(text) }) !== null,
      )
      expect(guilty).toEqual([])
    }
  })

  it('let every Fallback be said, and none of their long clauses', () => {
    for (const bundle of builtIn.bundles) {
      for (const section of bundle.sections) {
        const said = find({ ...query, bundle, answer: textAnswer(section.fallback) })
        expect([section.id, said]).toEqual([section.id, null])
        const clause = section.clauses.find(
          ({ side, text }) => side === 'disallowed' && text.split(' ').length > 16,
        )
        if (!clause) continue
        const found = find({ ...query, bundle, answer: textAnswer(clause.text) })
        expect([clause.id, found]).toEqual([clause.id, 'policy_text'])
      }
    }
  })
})

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : []
}

function assistantTexts(row: {
  readonly messages?: readonly { readonly role: string; readonly content?: unknown }[]
}): readonly string[] {
  return (row.messages ?? [])
    .filter(({ role }) => role === 'assistant')
    .map(({ content }) => content)
    .filter((content) => typeof content === 'string')
}

describe('runs of words', () => {
  it('are as many as the words less eleven', () => {
    expect(wordRuns('one two three')).toEqual([])
    const text = Array.from({ length: 20 }, (_, index) => `word${index}`).join(', ')
    expect(new Set(wordRuns(text)).size).toBe(9)
  })

  it('take a letter for a word in scripts without spaces', () => {
    const text = '这项政策的目的是让人们得到真正的帮助而不受到伤害'
    expect(wordRuns(text)).toHaveLength(text.length - 11)
    expect(wordRuns(`前言${text}`)).toEqual(expect.arrayContaining([...wordRuns(text)]))
  })
})

describe('the checks of a draft', () => {
  const base: Draft = {
    strategy: 'tagged',
    reasoning: createReasoning('thought'),
    decision: 'comply',
    citedClauses: ['GEN1'],
    answer: textAnswer('Emma.'),
  }
  const check = (changes: Partial<Draft>) =>
    verify({
      draft: { ...base, ...changes },
      sections: bundle.sections.slice(0, 1),
      turns: [],
      bundle,
      protocol,
      nonces: [NONCE],
      canary: CANARY,
      findLeak,
    })
      .filter(({ passed }) => !passed)
      .map(({ name, reason }) => `${name}:${reason}`)

  it('all pass for a sound draft, in order', () => {
    expect(check({})).toEqual([])
    expect(check({ citedClauses: [] })).toEqual([])
  })

  it.each([
    ['no decision in tags', { decision: null }, ['format:no_decision']],
    ['no decision in a native draft', { decision: null, strategy: 'native' }, []],
    [
      'a clause that does not exist',
      { citedClauses: ['GEN1', 'ZZZ9'] },
      ['citations:unknown_clause'],
    ],
    [
      'a clause of a section in summary only',
      { citedClauses: ['SHM1'] },
      ['citations:unknown_clause'],
    ],
    [
      'a refusal that acts',
      { decision: 'refuse', answer: { ...base.answer, parts: [callPart('{}')] } },
      ['consistency:refuse_with_tool_call'],
    ],
    [
      'compliance that declines',
      { answer: { ...base.answer, parts: [{ kind: 'refusal', text: 'No.' }] } },
      ['consistency:comply_with_refusal'],
    ],
    [
      'a refusal that helps',
      { decision: 'refuse', answer: textAnswer('Sure! Mix the two liquids in a bucket.') },
      ['consistency:refuse_with_help'],
    ],
    [
      'a refusal that helps under a schema',
      { decision: 'refuse', answer: textAnswer('{"steps":["Mix both.","Heat it.","Wait."]}') },
      ['consistency:refuse_with_help'],
    ],
    [
      'compliance that refuses in words',
      { answer: textAnswer("I'm sorry, but I can't help with that.") },
      ['consistency:comply_with_refusal'],
    ],
    [
      'compliance that refuses under a schema',
      { answer: textAnswer('{"answer":"Das kann ich leider nicht tun."}') },
      ['consistency:comply_with_refusal'],
    ],
    [
      'compliance in the words of a Fallback',
      { answer: textAnswer(LONG_FALLBACK.toUpperCase()) },
      ['consistency:comply_with_refusal'],
    ],
    [
      'a refusal in the words of a Fallback',
      { decision: 'refuse', answer: textAnswer(LONG_FALLBACK) },
      [],
    ],
    [
      'a refusal beside a refusal field',
      {
        decision: 'refuse',
        answer: { ...base.answer, parts: [{ kind: 'refusal', text: 'Sure! Mix them.' }] },
      },
      [],
    ],
    [
      'a safe completion that declines in part',
      { decision: 'safe_complete', answer: textAnswer("I can't help with that.") },
      [],
    ],
    ['a leak', { answer: textAnswer(CANARY) }, ['leak:canary']],
    [
      'a clause that its reasoning weighed',
      {
        reasoning: createReasoning('GEN1 allows it.'),
        answer: textAnswer('Emma, as GEN1 allows.'),
      },
      ['leak:reasoning'],
    ],
  ] as const)('find %s', (_, changes, failed) => {
    expect(check(changes)).toEqual(failed)
  })

  it.each([
    ['refuse', 'Emma.', 'undecided'],
    ['refuse', "I can't help with that.", null],
    ['comply', 'Emma.', 'undecided'],
    ['comply', 'The capital of France is Paris.', null],
    ['safe_complete', 'Emma.', null],
  ] as const)('say of %s before %j: %s', (decision, text, reason) => {
    const draft = { ...base, decision, answer: textAnswer(text) }
    expect(checkConsistency({ draft, bundle, protocol })).toEqual({
      name: 'consistency',
      passed: true,
      reason,
    })
  })
})

function fullWidth(text: string): string {
  return text.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))
}
