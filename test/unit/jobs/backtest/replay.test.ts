import { describe, expect, it } from 'vitest'
import { createCapabilityMemory } from '../../../../src/deliberation/memory.ts'
import { type Logged, readLogged } from '../../../../src/jobs/backtest/logged.ts'
import { type Contest, type ReplayPorts, replay } from '../../../../src/jobs/backtest/replay.ts'
import { noMetrics } from '../../../../src/telemetry/metrics.ts'
import type { Transcript } from '../../../../src/transcript/record/record.ts'
import { loggedTranscript } from '../../../fakes/logged-transcripts.ts'
import { createScriptedModel, promptText, type Script } from '../../../fakes/scripted-model.ts'
import {
  countedRandom,
  createBundle,
  createSection,
  fixedClock,
  passingJudge,
  protocol,
  selectorById,
  verdict,
  violated,
} from '../../deliberation/fixtures.ts'

const REASONING = 'REASONING of the model'
const from = createBundle()
const signal = new AbortController().signal

/** `from` with another rule in SHM, under a digest of its own. */
const to = {
  ...createBundle({
    sections: [
      createSection('GEN'),
      createSection('SHM', { rationale: 'NEW RATIONALE' }),
      createSection('WPN', { severity: 'critical' }),
    ],
  }),
  digest: 'c'.repeat(64),
}

const about = (prompt: string, changes = {}): Transcript =>
  loggedTranscript({ bundle: from, protocol, number: 1, prompt, ...changes })

function logged(transcript: Transcript): Logged {
  const read = readLogged(transcript)
  if (!read.ok) throw new Error(read.failure)
  return read.value
}

function look(
  transcript: Transcript,
  judge: Script | null = passingJudge,
  contest: Partial<Contest> = {},
) {
  const model = createScriptedModel(judge ?? [])
  const ports: ReplayPorts = {
    selector: selectorById,
    judge: judge && {
      judge: { model, modelId: 'test-reviewer', family: 'other' },
      memory: createCapabilityMemory(),
      metrics: noMetrics,
      clock: fixedClock(),
      random: countedRandom(),
      timeout: () => signal,
    },
  }
  const given = { from, to, protocol, rejudge: false, ...contest }
  return { result: replay(ports, logged(transcript), given, signal), calls: model.calls }
}

describe('a logged exchange', () => {
  it.each<[string, Partial<Transcript>, string]>([
    ['a caller who allows counts only', { consent: 'none' }, 'no_consent'],
    ['a relay', { request: null }, 'no_content'],
    ['another kind of request', { request: { input: 'Hello' } }, 'not_chat'],
  ])('is skipped with its reason: %s', (_, altered, failure) => {
    expect(readLogged({ ...about('Hello'), ...altered })).toEqual({ ok: false, failure })
  })

  it('offers the first draft of the first choice that the answer channel judged', () => {
    const transcript = about('Hello')
    const [attempt] = transcript.attempts
    if (!attempt?.answer) throw new Error('no attempt')
    const say = (text: string) => ({ ...attempt.answer, parts: [{ kind: 'text', text }] }) as never
    const attempts = [
      { ...attempt, choice: 1, answer: say('of another choice') },
      { ...attempt, answer: say('failed a check'), verdicts: [] },
      { ...attempt, answer: null },
      { ...attempt, number: 2, answer: say('judged first') },
      { ...attempt, number: 3, answer: say('judged again') },
    ]
    expect(logged({ ...transcript, attempts }).draft?.answer).toEqual(say('judged first'))
    expect(logged({ ...transcript, attempts: attempts.slice(0, 3) }).draft).toBeNull()
  })
})

describe('a replay', () => {
  it('without a judge compares selection alone', async () => {
    const { result, calls } = look(about('About SHM'), null, {
      to: { ...to, sections: to.sections.filter(({ id }) => id !== 'SHM') },
    })
    expect(await result).toEqual({
      selected: { from: ['GEN', 'SHM'], to: ['GEN'] },
      judged: null,
    })
    expect(calls).toEqual([])
  })

  it('takes the logged verdict of A, and asks about B alone', async () => {
    const { result, calls } = look(
      about('About SHM', {
        verdict: { passed: false, reasons: ['violation:SHM2', 'score:style'] },
      }),
    )
    expect((await result).judged).toEqual({
      from: {
        kind: 'verdict',
        passed: false,
        grounds: ['SHM', 'score:style'],
        model: 'reviewer',
        source: 'logged',
      },
      to: { kind: 'verdict', passed: true, grounds: [], model: 'test-reviewer', source: 'asked' },
    })
    expect(calls).toHaveLength(1)
    expect(calls.map(({ prompt }) => promptText(prompt)).join()).toContain('NEW RATIONALE')
  })

  it.each<[string, object, Partial<Contest>]>([
    ['under another policy', { bundle: { ...from, digest: 'd'.repeat(64) } }, {}],
    ['under other prompts', { protocol: { digest: 'f'.repeat(64) } }, {}],
    ['and both are to be judged anew', {}, { rejudge: true }],
  ])('asks about A as well where the draft was judged %s', async (_, changes, contest) => {
    const { result, calls } = look(about('About SHM', changes), passingJudge, contest)
    expect((await result).judged).toMatchObject({
      from: { source: 'asked' },
      to: { source: 'asked' },
    })
    expect(calls).toHaveLength(2)
  })

  it('carries the verdict over where B asks the very same question', async () => {
    const { result, calls } = look(about('About WPN'))
    expect((await result).judged).toMatchObject({
      from: { source: 'logged', passed: true },
      to: { source: 'carried', passed: true },
    })
    expect(calls).toEqual([])
  })

  it.each<[string, Partial<typeof from>]>([
    ['the least score', { judge: { ...from.judge, min: 7 } }],
    ['a style', { style: { ...from.style, comply: 'Be brief.' } }],
    [
      'what a violation weighs',
      { sections: from.sections.map((one) => ({ ...one, severity: 'low' })) },
    ],
    [
      'a summary of any section',
      {
        sections: from.sections.map((one) =>
          one.id === 'SHM' ? { ...one, summary: 'Other.' } : one,
        ),
      },
    ],
  ])('asks where B differs in %s', async (_, changes) => {
    const other = { ...from, ...changes, digest: 'c'.repeat(64) }
    const { calls, result } = look(about('About WPN'), passingJudge, { to: other })
    expect((await result).judged?.to).toMatchObject({ source: 'asked' })
    expect(calls).toHaveLength(1)
  })

  it('names the section of a clause that is found violated', async () => {
    const { result } = look(about('About SHM'), (prompt) => ({
      content: JSON.stringify(violated(prompt, 'SHM2')),
    }))
    expect((await result).judged?.to).toMatchObject({ passed: false, grounds: ['SHM'] })
  })

  it('tells the class of a failure of the judge, and no decision', async () => {
    const { result } = look(about('About SHM'), () => ({ content: 'no verdict' }))
    expect((await result).judged?.to).toEqual({ kind: 'failure', reason: 'judge_unparseable' })
  })

  it('shows the judge no reasoning, and asks the answer channel alone', async () => {
    const { result, calls } = look(
      about('About SHM'),
      (prompt) => ({
        content: JSON.stringify(verdict(prompt)),
      }),
      { rejudge: true },
    )
    expect(JSON.stringify(await result)).not.toContain(REASONING)
    for (const { prompt } of calls) {
      expect(promptText(prompt)).not.toContain(REASONING)
      expect(JSON.stringify(prompt.parameters)).toContain('verdict_answer')
    }
    expect(JSON.stringify(about('About SHM'))).toContain(REASONING)
  })
})
