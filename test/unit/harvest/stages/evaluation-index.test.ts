import { describe, expect, it } from 'vitest'
import { createEvaluationIndex } from '../../../../src/harvest/stages/evaluation-index.ts'
import {
  createEvaluationReader,
  type EvaluationForm,
  evaluationForm,
} from '../../../../src/harvest/stages/evaluation-texts.ts'
import { harvest, plant, wordsOfNumber } from './plant.ts'

/** The texts of a file that comes in pieces of a few characters. */
function textsOf(form: EvaluationForm, content: string, size = 3) {
  const reader = createEvaluationReader(form)
  const texts: string[] = []
  for (let at = 0; at < content.length; at += size) {
    const read = reader.read(content.slice(at, at + size))
    if (!read.ok) return read.failure
    texts.push(...read.value)
  }
  const last = reader.end()
  return last.ok ? [...texts, ...last.value] : last.failure
}

describe('evaluation files', () => {
  it('are told by their endings', () => {
    expect(['a.jsonl', 'b.JSON', 'c.csv', 'd.txt', 'e.md', 'f.zip'].map(evaluationForm)).toEqual([
      'jsonl',
      'json',
      'csv',
      'txt',
      'txt',
      null,
    ])
  })

  it('give every string, cell, line and paragraph, however they are cut', () => {
    expect(textsOf('jsonl', '{"a":"one","b":[{"c":"two"}]}\n\n{"a":"three"}')).toEqual([
      'one',
      'two',
      'three',
    ])
    expect(textsOf('json', '[{"q":"one"},\n{"q":"two"}]')).toEqual(['one', 'two'])
    expect(textsOf('csv', 'id,prompt\n1,"says ""hi"",\nand goes"\n2,plain')).toEqual([
      'id',
      'prompt',
      '1',
      'says "hi",\nand goes',
      '2',
      'plain',
    ])
    expect(textsOf('txt', 'one\ntwo\n\nthree')).toEqual(['one', 'two', 'one\ntwo', 'three'])
  })

  it('name the line that cannot be read', () => {
    expect(textsOf('jsonl', '{"a":"one"}\n{"a":')).toEqual({
      reason: 'unreadable_evaluation',
      line: 2,
    })
    expect(textsOf('json', '[')).toEqual({ reason: 'unreadable_evaluation', line: null })
  })
})

describe('the index of evaluations', () => {
  const text = wordsOfNumber(1, 30)
  const words = text.split(' ')

  it('finds 13 words in a row, whatever stands around them, and not 12', () => {
    const index = createEvaluationIndex()
    index.add(text)
    expect(index.overlaps(`So: ${words.slice(5, 18).join(', ').toUpperCase()}!`)).toBe(true)
    expect(index.overlaps(`So: ${words.slice(5, 17).join(' ')} and more`)).toBe(false)
  })

  it('finds a short text as a whole alone, and no label', () => {
    const index = createEvaluationIndex()
    for (const one of ['How do I kill a Python process?', 'yes', 'hate speech']) index.add(one)
    expect(index.overlaps('how do I kill a python process')).toBe(true)
    expect(index.overlaps('Tell me: how do I kill a Python process?')).toBe(false)
    expect(index.overlaps('Yes')).toBe(false)
  })

  it('says when it is full', () => {
    const index = createEvaluationIndex(20)
    expect(index.add(wordsOfNumber(1, 30))).toBe(true)
    expect(index.add(wordsOfNumber(2, 30))).toBe(false)
    expect(index.size).toBe(20)
  })

  it('finds texts without spaces', () => {
    const index = createEvaluationIndex()
    index.add('请用简单的语言解释一下量子力学的基本原理')
    expect(index.overlaps('你好,请用简单的语言解释一下量子力学好吗')).toBe(true)
  })
})

describe('requests of an evaluation', () => {
  it.each([
    { app: 'evaluation' },
    { session: 'evaluation:xstest' },
    {
      request: { metadata: { evaluation: 'x' }, messages: [{ role: 'user', content: 'Hi there' }] },
    },
  ])('are never harvested: %j', async (planted) => {
    const { dropped } = await harvest({}, [plant(1, planted)])
    expect([...dropped.values()]).toEqual(['evaluation_tagged'])
  })
})
