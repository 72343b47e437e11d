/**
 * The stand-in's `POST /v1/moderations`: every category, flagged by the same short word lists its drafts decide with.
 * No I/O. It is a script: its flags mean nothing about real text.
 */
import * as z from 'zod'
import { sha256Hex } from '../lib/digest.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import { errorResponse, jsonResponse } from './responses.ts'
import { decideTopic } from './topics.ts'

const Part = z.looseObject({ type: z.string(), text: z.string().optional() })

const ModerationRequest = z.looseObject({
  model: z.string().optional(),
  input: z.union([z.string(), z.array(z.string()).min(1), z.array(Part).min(1)]),
})

/** Categories of OpenAI's contract, each with the sections that stand behind it in the word lists. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  hate: [],
  'hate/threatening': [],
  harassment: [],
  'harassment/threatening': [],
  illicit: ['DRG', 'CYB', 'FRD', 'ILL'],
  'illicit/violent': ['WPN'],
  'self-harm': ['SHM'],
  'self-harm/intent': [],
  'self-harm/instructions': [],
  sexual: [],
  'sexual/minors': ['MIN'],
  violence: ['VIO'],
  'violence/graphic': [],
}

/** One made-up clause a section, so that the word lists cite what they matched. */
const CLAUSES = [...new Set(Object.values(CATEGORIES).flat())].map((section) => `${section}1`)

export async function answerModerations(body: JsonValue): Promise<Response> {
  const parsed = ModerationRequest.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const param = issue?.path.join('.') ?? null
    return errorResponse({ status: 400, message: issue?.message ?? 'Invalid request', param })
  }
  const { input, model = 'stand-in-moderation' } = parsed.data
  const id = `modr-${(await sha256Hex(JSON.stringify(body))).slice(0, 24)}`
  return jsonResponse({ id, model, results: inputTexts(input).map(moderate) })
}

function inputTexts(input: z.infer<typeof ModerationRequest>['input']): readonly string[] {
  if (typeof input === 'string') return [input]
  // Parts are one multimodal input, strings are one input each.
  const texts = input.filter((item) => typeof item === 'string')
  if (texts.length > 0) return texts
  return [input.map((item) => (typeof item === 'object' ? (item.text ?? '') : item)).join('\n')]
}

function moderate(text: string): JsonObject {
  const { decision, cited } = decideTopic(text, CLAUSES)
  const sections = decision === 'comply' ? [] : cited.map((clause) => clause.slice(0, -1))
  const flags = Object.entries(CATEGORIES).map(([category, behind]): [string, boolean] => [
    category,
    behind.some((section) => sections.includes(section)),
  ])
  return {
    flagged: flags.some(([, flagged]) => flagged),
    categories: Object.fromEntries(flags),
    category_scores: Object.fromEntries(flags.map(([name, flagged]) => [name, flagged ? 0.99 : 0])),
    category_applied_input_types: Object.fromEntries(flags.map(([name]) => [name, ['text']])),
  }
}
