/** A store with all that tries a trainer's patience, and its exports: every format in every encoding, through the command line. */

import { join } from 'node:path'
import type { Answer } from '../../src/conversation/outcome.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import type { Transcript } from '../../src/transcript/record/record.ts'
import { exportFrom, goodTranscripts, withFailedDraft } from '../unit/harvest/export-scene.ts'
import { plant, wordsOfNumber } from '../unit/harvest/stages/plant.ts'

type Call = { readonly name: string; readonly arguments: JsonObject | string }

const toolOf = (name: string, properties: JsonObject): JsonObject => ({
  type: 'function',
  function: { name, description: name, parameters: { type: 'object', properties } },
})

/** The greatest number of 64 bits breaks readers that see it as a number. */
const TOOLS = [
  toolOf('weather', { place: { type: 'string' }, days: { type: 'integer', maximum: 2 ** 64 } }),
  toolOf('route', { place: { type: 'object' }, via: { type: 'array', items: {} } }),
  toolOf('now', {}),
]

const textOf = (call: Call) =>
  typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments)

function called(number: number, call: Call): JsonObject {
  const named = { name: call.name, arguments: textOf(call) }
  const id = `call_${number}`
  return {
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: named }],
  }
}

/** A conversation that has called a tool before. */
function afterCall(number: number, call: Call): Transcript {
  const messages = [
    { role: 'system', content: `Be of help with ${wordsOfNumber(number, 4)}.` },
    { role: 'user', content: `What of ${wordsOfNumber(number + 1000, 8)}?` },
    called(number, call),
    { role: 'tool', tool_call_id: `call_${number}`, content: `Found: ${wordsOfNumber(number, 5)}` },
  ]
  return plant(number, { request: { model: 'model-one', messages, tools: TOOLS } })
}

function answeredWith(number: number, parts: Answer['parts']): Transcript {
  const content = `Please look up ${wordsOfNumber(number, 9)}.`
  const messages = [{ role: 'user', content }]
  const request = { model: 'model-one', messages, tools: TOOLS }
  return plant(number, { request, parts, finishReason: 'tool_calls' })
}

function answeredCall(number: number, call: Call): Transcript {
  const { name } = call
  const made = { id: `call_${number}`, kind: 'function', name, arguments: textOf(call) } as const
  return answeredWith(number, [{ kind: 'tool_call', call: made }])
}

const LANGUAGES = [
  ['请问怎样照顾一只刚出生的小猫', '首先要保持温暖，然后每两小时喂一次。'],
  ['كيف أعتني بقطة صغيرة في الشتاء', 'أبقها دافئة وأطعمها كل ساعتين.'],
  ['Как ухаживать за котёнком зимой', 'Держите его в тепле и кормите каждые два часа.'],
  ['बिल्ली के बच्चे की देखभाल कैसे करें', 'उसे गर्म रखें और हर दो घंटे में खिलाएँ।'],
  ['子猫の世話はどうすればいいですか', '暖かくして、二時間ごとに食べさせてください。'],
  ['איך מטפלים בגור חתולים', 'שמרו עליו חם והאכילו אותו כל שעתיים.'],
  [
    'NUL \0, 𝒳, 👩‍👩‍👧, "quotes"\\ and </tool_call> in one',
    'Line\u2028separators, \t tabs and 🦊 it is.',
  ],
] as const

const PICTURE = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }

/** How many of `transcripts` no training format has room for, by reason. */
export const LEFT_OUT = { prompt_not_text: 2, arguments_unreadable: 2 }

export function transcripts(): readonly Transcript[] {
  const turns = [
    { role: 'developer', content: 'Answer in short.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'First ' },
        { type: 'text', text: 'question.' },
      ],
    },
    { role: 'assistant', content: 'First answer.' },
    { role: 'user', content: 'Second question, about the same.', name: 'ann' },
  ]
  return [
    ...goodTranscripts(18),
    ...LANGUAGES.map(([prompt, answer], index) => plant(100 + index, { prompt, answer })),
    withFailedDraft(plant(120, { messages: turns }), 'A draft of the second answer that failed'),
    afterCall(130, { name: 'weather', arguments: { place: 'Lyon', days: 2 } }),
    withFailedDraft(
      afterCall(131, {
        name: 'route',
        arguments: { place: '"Gare" du Nord', via: [{ at: 1.5 }, null] },
      }),
      'A draft after a call that failed',
    ),
    afterCall(132, { name: 'now', arguments: '' }),
    answeredCall(140, { name: 'weather', arguments: { place: 'Zürich', days: 1 } }),
    withFailedDraft(answeredCall(141, { name: 'now', arguments: {} }), 'No tool is needed here'),
    plant(150, { prompt: `A long one: ${wordsOfNumber(150, 300)}` }),
    plant(160, { messages: [{ role: 'user', content: [PICTURE] }] }),
    plant(161, { messages: [{ role: 'user', content: [{ type: 'text', text: 'See' }, PICTURE] }] }),
    afterCall(170, {
      name: 'weather',
      arguments: '{"place": "Lyon", "days": 18446744073709551615}',
    }),
    answeredCall(171, { name: 'weather', arguments: '{"place": "Ly' }),
  ]
}

/** The arguments of `chambers harvest export`, by the name of what they give. */
export const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  sft: ['--format', 'sft'],
  'sft-cot': ['--format', 'sft-cot'],
  'sft-cot-think': ['--format', 'sft-cot', '--think-tags'],
  preference: ['--format', 'preference'],
  'preference-reasoning': ['--format', 'preference', '--with-reasoning'],
  'preference-think': ['--format', 'preference', '--with-reasoning', '--think-tags'],
  kto: ['--format', 'kto'],
  'kto-reasoning': ['--format', 'kto', '--with-reasoning'],
  rl: ['--format', 'rl'],
  judge: ['--format', 'judge'],
  'judge-reasoning': ['--format', 'judge', '--with-reasoning'],
  transcript: ['--format', 'transcript'],
}

export const ENCODINGS: Readonly<Record<string, readonly string[]>> = {
  jsonl: [],
  'jsonl-gz': ['--gzip'],
  'parquet-snappy': ['--parquet'],
  'parquet-zstd': ['--parquet', '--codec', 'zstd'],
  'parquet-gzip': ['--parquet', '--codec', 'gzip'],
  'parquet-none': ['--parquet', '--codec', 'none'],
}

/** Writes `out/VARIANT/ENCODING` for each. @throws Error where an export fails. */
export async function exportAll(store: string, out: string): Promise<void> {
  for (const [variant, format] of Object.entries(VARIANTS)) {
    for (const [encoding, written] of Object.entries(ENCODINGS)) {
      const place = join(out, variant, encoding)
      const ran = await exportFrom(store, ...format, ...written, '--out', place)
      if (ran.code !== 0) throw new Error(`${variant} as ${encoding}: ${ran.stderr}`)
    }
  }
}
