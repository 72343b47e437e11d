import { describe, expect, it } from 'vitest'
import { readItem } from '../../../../src/jobs/batch/item.ts'
import { batchTranscriptId, withSamples } from '../../../../src/jobs/batch/plan.ts'
import { builtIn } from '../../../../src/policy/built-in.generated.ts'

const [agentic, bundle] = builtIn.bundles
if (!agentic || !bundle) throw new Error('No policies')

const line = { id: 'p1', prompt: 'How do I boil an egg?' }
const read = (value: object | string, model: string | null = 'm') => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const item = readItem(text, { bundle, model })
  return item.ok ? item.value : item.failure
}

describe('a line of a batch', () => {
  it('is a prompt as a client would have sent it', () => {
    expect(read(line)).toMatchObject({
      id: 'p1',
      request: { model: 'm', messages: [{ role: 'user', content: line.prompt }] },
      section: null,
      opinions: [],
    })
  })

  it('may hold a conversation, parameters, a model, a section and hints', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
    ]
    const hints = [{ source: 'a reviewer', ideal_response: 'safe_complete', note: 'A minor asks.' }]
    const parameters = { temperature: 0.5, max_tokens: 50 }
    expect(read({ messages, parameters, model: 'n', section: 'SHM', hints })).toMatchObject({
      id: null,
      request: { model: 'n', messages, ...parameters },
      section: 'SHM',
      opinions: [{ source: 'a reviewer', ideal: 'safe_complete', note: 'A minor asks.' }],
    })
  })

  it('is sent to the digit and in the order of its names', () => {
    const message = '{"2":1.0,"1":1e400,"role":"user","content":"Hello"}'
    const item = read(
      `{"id":9007199254740993,"messages":[${message}],"parameters":{"2":-0,"1":{"b":1.50,"7":0,"a":0}}}`,
    )
    if (typeof item === 'string') throw new Error(item)
    expect(JSON.stringify(item.request)).toBe(
      `{"model":"m","messages":[${message}],"2":-0,"1":{"b":1.50,"7":0,"a":0}}`,
    )
    expect(item.id).toBe('9007199254740993')
  })

  it.each([
    ['a key twice', '{"prompt":"x","prompt":"y"}', 'write one JSON object (repeated_key)'],
    ['a message that is a number', { messages: [1.5] }, 'mend messages.0: it must be an object'],
    ['no JSON', '{"prompt":', 'write one JSON object (not_json)'],
    ['a list', '[]', /^mend the line/],
    ['an unknown key', { ...line, hint: [] }, 'take out the unknown key hint'],
    ['neither prompt nor messages', { id: 'p1' }, 'write either messages or prompt'],
    [
      'both',
      { ...line, messages: [{ role: 'user', content: 'x' }] },
      'write either messages or prompt',
    ],
    [
      'an unknown section',
      { ...line, section: 'ZZZ' },
      'name a section of the policy default, or none',
    ],
    [
      'an unknown kind of answer',
      { ...line, hints: [{ ideal_response: 'deny' }] },
      /^mend hints\.0/,
    ],
    ['a stream', { ...line, parameters: { stream: true } }, 'leave stream out of parameters'],
    ['a wrong parameter', { ...line, parameters: { temperature: 'hot' } }, /^Change temperature/],
    ['a role that is none', { messages: [{ role: 'king', content: 'x' }] }, /messages\[0\]/],
    ['a hosted tool', { ...line, parameters: { tools: [{ type: 'web_search' }] } }, /tools/],
  ])('with %s is refused, and says how to mend it', (_, value, failure) => {
    const told = read(value)
    if (typeof failure === 'string') expect(told).toBe(failure)
    else expect(told).toMatch(failure)
  })

  it('without a model of its own needs one of the batch', () => {
    expect(read(line, null)).toBe('name a model, here or for the whole batch')
  })
})

describe('the transcript of a line', () => {
  const plan = {
    id: 'b',
    policy: 'default',
    digest: 'a'.repeat(64),
    model: 'm',
    samples: 3,
    consent: 'harvest',
    tenant: 'default',
    app: 'batch',
  } as const
  const work = { line: 7, text: JSON.stringify(line) }

  it('has the same id whenever it is made', async () => {
    const id = await batchTranscriptId(plan, work)
    expect(id).toMatch(/^tr_[0-9a-f]{32}$/)
    expect(await batchTranscriptId({ ...plan }, work)).toBe(id)
  })

  it.each([
    ['another batch', { ...plan, id: 'c' }, work],
    ['another policy', { ...plan, digest: 'b'.repeat(64) }, work],
    ['other samples', { ...plan, samples: 4 }, work],
    ['another line', plan, { ...work, line: 8 }],
    ['another text', plan, { ...work, text: '{}' }],
  ])('is another for %s', async (_, otherPlan, otherWork) => {
    expect(await batchTranscriptId(otherPlan, otherWork)).not.toBe(
      await batchTranscriptId(plan, work),
    )
  })

  it('is made under the bundle of the digest, with more samples and never with fewer', () => {
    expect(withSamples(bundle, { samples: 5 })).toEqual({
      ...bundle,
      judge: { ...bundle.judge, samples: 5 },
    })
    const strict = { ...bundle, judge: { ...bundle.judge, samples: 3 } }
    expect(withSamples(strict, { samples: 1 })).toBe(strict)
  })
})
