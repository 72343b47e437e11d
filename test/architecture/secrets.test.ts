import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createReasoning, revealReasoning } from '../../src/conversation/reasoning.ts'
import { Opaque, reveal } from '../../src/lib/opaque.ts'
import { readSource } from './source.ts'

const files = readSource()
const CANARY = 'a thought nobody may read'

describe('an opaque value', () => {
  const box = createReasoning(CANARY)

  it.each([
    ['String()', () => String(box)],
    ['a template', () => `${box as unknown as string}`],
    ['a sort', () => [box].join()],
    ['JSON.stringify', () => JSON.stringify({ box, list: [box] })],
    ['inspect', () => inspect({ box }, { depth: 10, showHidden: true })],
    ['Object.entries', () => JSON.stringify(Object.entries(box))],
    ['a spread', () => JSON.stringify(Object.assign({}, box))],
    ['structuredClone', () => inspect(structuredClone(box))],
    ['an error message', () => new Error(String(box)).message],
  ])('shows nothing through %s', (_, show) => {
    expect(show()).not.toContain(CANARY)
  })

  it('opens only through the named acts', () => {
    expect(revealReasoning(box, 'judge')).toBe(CANARY)
    expect(reveal(new Opaque(CANARY))).toBe(CANARY)
  })
})

describe('revealing', () => {
  const callers = (name: string) =>
    files
      .filter((file) => new RegExp(`\\b${name}\\(`).test(file.text))
      .map((file) => file.path)
      .sort()

  const beyond = (name: string, allowed: readonly string[]) =>
    callers(name).filter((path) => !allowed.includes(path))

  it('reasoning happens in the judge, the transcript, the second pass and the comparison alone', () => {
    expect(
      beyond('revealReasoning', [
        'deliberation/carry-over.ts',
        'deliberation/judge/judge-prompt.ts',
        'conversation/reasoning.ts',
        'deliberation/draft/second-pass.ts',
        'transcript/record/build-transcript.ts',
      ]),
    ).toEqual([])
  })

  it('a sealed completion happens in the splitter and for its logprobs, its record in the transcript, and what a provider wants back where it is sealed and put back', () => {
    expect(
      beyond('reveal', [
        'deliberation/split/annotations.ts',
        'deliberation/split/logprobs.ts',
        'conversation/reasoning.ts',
        'deliberation/split/split.ts',
        'lib/opaque.ts',
        'model/carried-fields.ts',
        'state/provider-state.ts',
        'transcript/record/build-transcript.ts',
      ]),
    ).toEqual([])
  })

  it('is reached by no other name', () => {
    expect(
      files.filter((file) => /Opaque\.open\(/.test(file.text)).map((file) => file.path),
    ).toEqual(['lib/opaque.ts'])
  })
})
