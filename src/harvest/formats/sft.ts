/** Supervised fine-tuning: the conversation with the released answer, without reasoning or with it. Pure. */
import { fail, succeed } from '../../lib/result.ts'
import { MESSAGES } from '../columns.ts'
import type { Format, FormatOptions } from './format.ts'
import { originFields, textExample, toolsField } from './messages.ts'

const ORIGIN = { id: 'string', section: 'string', decision: 'string' } as const

/** `sft`: training on reasoning costs monitorability, so that it is left out unless it is asked for. */
export function createSftFormat(): Format {
  return {
    name: 'sft',
    version: 4,
    columns: { messages: MESSAGES, tools: 'string', ...ORIGIN },
    holdsReasoning: false,
    rowsOf(example) {
      const read = textExample(example, { reasoning: false, thinkTags: false })
      if (!read.ok) return read
      const { prompt, completion } = read.value
      const messages = [...prompt, completion]
      return succeed([{ messages, tools: toolsField(example), ...originFields(example) }])
    },
  }
}

/** `sft-cot`: the reasoning in `reasoning_content` of the last message, or in `<think>` before its content. */
export function createSftCotFormat({ thinkTags }: Pick<FormatOptions, 'thinkTags'>): Format {
  return {
    name: 'sft-cot',
    version: 4,
    columns: { messages: MESSAGES, tools: 'string', ...ORIGIN },
    holdsReasoning: true,
    rowsOf(example) {
      if (example.chosen.reasoning === null) return fail('reasoning_missing')
      const read = textExample(example, { reasoning: true, thinkTags })
      if (!read.ok) return read
      const { prompt, completion } = read.value
      const messages = [...prompt, completion]
      return succeed([{ messages, tools: toolsField(example), ...originFields(example) }])
    },
  }
}
