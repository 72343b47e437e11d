/**
 * Fuzzes the splitter by hand: `node scripts/fuzz-splitter.ts [streams] [seed]`.
 * Each stream is a form a model may send, hurt in random ways and cut at random places, with a canary in every stretch that
 * is reasoning. No canary may be in an answer, but in a block that the answer opens in its middle where no block bounds the call's
 * reasoning; the cuts may change nothing, and an unhurt stream must split exactly, also where its answer speaks of markers.
 * Markers also come in disguise: with any invisible sign or mark in them, or in letters that look like theirs.
 * Ends with status 1 at the first stream that breaks this, and prints its seed and text.
 */

import type { Segment } from '../src/conversation/model.ts'
import { codeRanges } from '../src/deliberation/split/code-ranges.ts'
import { markersIn } from '../src/deliberation/split/marker-scanner.ts'
import { type Boundary, splitSegments } from '../src/deliberation/split/split.ts'
import { INVISIBLE_SIGNS, interspersed, LETTER_DISGUISES, MARKS } from '../test/fakes/disguises.ts'
import { holdsMarker } from '../test/fakes/holds-marker.ts'

const streams = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? 1)
const CANARY = 'CANARY'

type Stream = {
  readonly boundary: Boundary
  readonly segments: readonly Segment[]
  readonly answer: string
  readonly isWhole: boolean
  readonly isDisguised: boolean
}
type Dice = {
  readonly below: (limit: number) => number
  readonly pick: <T>(items: readonly T[]) => T
}

/** Mulberry32: small, seeded, good enough to choose test cases. */
function createDice(start: number): Dice {
  let state = start >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number): number => next() % limit
  return {
    below,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('Cannot pick from nothing')
      return item
    },
  }
}

const PLAIN = [
  'a',
  ' ',
  '\n',
  '\r\n',
  '<',
  '>',
  '/',
  '[',
  ']',
  '◁',
  '▷',
  '`',
  '"',
  '|',
  '<b>',
  '</div>',
  'x < y',
  '😀',
  'é',
  '中文',
  'think',
  '<thin',
  'k>',
  'deliberation-',
  '```\n',
  '{"a":1}',
  '<a href="#">',
  '[x](y)',
  'decision: comply; clauses: none\n',
  '<|im_end|>',
]
const PAIRS = [
  ['<think>', '</think>'],
  ['<THINK>', '</THINK>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<reasoning>', '</reasoning>'],
  ['<seed:think>', '</seed:think>'],
  ['[THINK]', '[/THINK]'],
  ['◁think▷', '◁/think▷'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['<|channel>', '<channel|>'],
] as const
const MARKERS = [
  ...PAIRS.flat(),
  '<|start|>assistant',
  '<|channel|>analysis',
  '<|channel|>final',
  '<|message|>',
  '<|end|>',
  '<|return|>',
  '<deliberation-00000000>',
  '</deliberation-00000000>',
  '<deliberation>',
  '</deliberation>',
]

const DISGUISES: readonly ((dice: Dice, marker: string) => string)[] = [
  (dice, marker) => interspersed(marker, dice.pick(INVISIBLE_SIGNS)),
  (dice, marker) => interspersed(marker, dice.pick(MARKS)),
  (dice, marker) => marker.replace(/[a-z<]/i, (sign) => sign + dice.pick(INVISIBLE_SIGNS)),
  (dice, marker) => {
    const fitting = LETTER_DISGUISES.filter(([latin]) => marker.includes(latin))
    const [latin, sign] = fitting.length > 0 ? dice.pick(fitting) : ['<', '＜']
    return marker.replaceAll(latin, sign)
  },
]

/** The same to whoever reads it, and no marker of any template. */
function disguise(dice: Dice, marker: string): string {
  return dice.pick(DISGUISES)(dice, marker)
}

function words(dice: Dice, canary: boolean): string {
  let text = canary ? CANARY : 'ok'
  for (let count = dice.below(12); count > 0; count--) text += dice.pick(PLAIN)
  // Plain bits can spell a marker together; the canary between them keeps reasoning recognisable.
  return canary ? `${text}${CANARY}` : text
}

/** What an answer may say of a marker, wherever its reasoning was. */
const LESSONS: readonly ((marker: string) => string)[] = [
  (marker) => `ok\n\n\`\`\`py\nx = cut('${marker}', text)\n\`\`\`\nok`,
  (marker) => `ok\n\n    x = cut(${marker})\n\nok`,
  (marker) => `ok \`${marker}\` ok`,
  (marker) => `ok "${marker}" ok`,
  (marker) => `use the ${marker} token, ok`,
]

/** Cuts each text at random and keeps the order within a channel. */
function chop(dice: Dice, segments: readonly Segment[]): readonly Segment[] {
  const pieces: Segment[] = []
  const longest = dice.pick([1, 2, 5, 40])
  for (const { channel, text } of segments) {
    for (let at = 0; at < text.length; ) {
      const length = 1 + dice.below(longest)
      pieces.push({ channel, text: text.slice(at, at + length) })
      at += length
    }
  }
  return pieces
}

/** What may go wrong within reasoning: markers that are not its own closer, anywhere in it. */
function disturb(dice: Dice, reasoning: string, markers: readonly string[]): string {
  let text = reasoning
  for (let count = dice.below(3); count > 0; count--) {
    text += `${dice.pick(markers)}${words(dice, true)}`
  }
  return text
}

function createStream(dice: Dice): Stream {
  const nonce = Array.from({ length: 8 + dice.below(9) }, () => dice.below(16).toString(16)).join(
    '',
  )
  const hurt = dice.below(4) > 0
  const gap = dice.pick(['', '\n', '\n\n', '\r\n'])
  const lesson = dice.below(6) === 0
  const spoken = MARKERS.filter((marker) => !marker.includes('00000000'))
  const answer = lesson
    ? dice.pick(LESSONS)(dice.pick(spoken))
    : dice.below(8) === 0
      ? ''
      : words(dice, false)
  const reasoning = words(dice, true)
  const form = dice.below(5)
  const isTagged = form === 0 || form === 4
  const own = [`<deliberation-${nonce}>`, `</deliberation-${nonce}>`] as const
  const pair = isTagged ? own : dice.pick(PAIRS)
  const boundary: Boundary = isTagged
    ? { kind: 'tagged', nonce }
    : { kind: dice.pick(['native', 'answer-only']) }
  const others = MARKERS.filter((marker) => !pair.includes(marker as never))
  const inside = hurt ? disturb(dice, reasoning, [...others, pair[0]]) : reasoning
  let text = `${pair[0]}${inside}${pair[1]}${gap}${answer}`
  if (form === 2) {
    text = `<|channel|>analysis<|message|>${inside.replaceAll('<|end|>', '')}<|end|><|start|>assistant<|channel|>final<|message|>${answer}`
  }
  if (form === 4) text = `<think>${reasoning}</think>\n${text}`
  const segments: Segment[] = []
  if (form === 3 || (hurt && dice.below(4) === 0))
    segments.push({ channel: 'reasoning', text: inside })
  if (form === 3) text = answer
  segments.push({ channel: 'content', text })
  if (hurt) return damage({ dice, boundary, segments, answer, pair, inside })
  // Plain bits can spell a marker by chance; then failing is right.
  const isWhole = !holdsMarker(reasoning) && ((lesson && form !== 2) || !holdsMarker(answer))
  return { boundary, segments, answer, isWhole, isDisguised: false }
}

/** Damage to the whole: cut short, a block re-opened or repeated after the answer, an opener lost, text before it. */
function damage(options: {
  readonly dice: Dice
  readonly boundary: Boundary
  readonly segments: readonly Segment[]
  readonly answer: string
  readonly pair: readonly [string, string]
  readonly inside: string
}): Stream {
  const { dice, boundary, segments, answer, pair, inside } = options
  const content = segments.at(-1)?.text ?? ''
  const extra = words(dice, true)
  const isDisguised = dice.below(4) === 0
  const text = isDisguised
    ? dress(options, content, extra)
    : dice.pick([
        content,
        content.slice(0, dice.below(content.length + 1)),
        `${content}${pair[0]}${extra}${pair[1]}`,
        `${content}${pair[0]}${extra}`,
        `${content}${dice.pick(MARKERS)}`,
        `${pair[0]}${inside}${pair[1]}${extra}${pair[1]}${answer}`,
        `${pair[0]}${inside} \`${pair[1]}\` ${extra}`,
        `${inside}${pair[1]}${answer}${pair[1]}`,
        `${answer}${content}`,
        `${pair[0]}${pair[0]}${inside}${pair[1]}${extra}${pair[1]}${answer}`,
        boundary.kind === 'tagged' ? `\`\`\`xml\n${content}` : `${content}${content}`,
        `<think>${extra}</think>${content}`,
      ])
  return {
    boundary,
    segments: [...segments.slice(0, -1), { channel: 'content', text }],
    answer,
    isWhole: false,
    isDisguised,
  }
}

/** The whole with tags in disguise: repeated, in place of the real ones, or before the real end. */
function dress(
  { dice, answer, pair, inside }: Parameters<typeof damage>[0],
  content: string,
  extra: string,
): string {
  const [opener, closer] = [disguise(dice, pair[0]), disguise(dice, pair[1])]
  return dice.pick([
    `${content}${opener}${extra}${closer}`,
    `${opener}${inside}${closer}${answer}`,
    `${pair[0]}${inside}${closer}${extra}${pair[1]}${answer}`,
    `${content}${disguise(dice, dice.pick(MARKERS))}`,
  ])
}

/** Whether the text can be released at all: with no boundary in it, `answer-only` has no way to know reasoning. */
function isUnmarked(stream: Stream): boolean {
  return (
    stream.boundary.kind !== 'tagged' &&
    !stream.isDisguised &&
    !stream.segments.some((segment) => MARKERS.some((marker) => segment.text.includes(marker)))
  )
}

/**
 * Whether a canary in an answer stands in its code, or in a block that the answer has opened itself, behind its first words: that
 * is text, unless the call's own reasoning was in such a block, outside of code and quotations.
 */
function isOpenedBefore({ boundary, segments }: Stream, answer: string): boolean {
  // A thought that no field, no tag and no opener bounds, and that writes the opener itself, cannot be told from an answer.
  const [first] = markersIn(segments.at(-1)?.text ?? '')
  const isUnbounded = boundary.kind === 'answer-only' && segments.length === 1
  if (isUnbounded && first && first.at > 0 && !first.closes) return true
  const at = answer.indexOf(CANARY)
  if (codeRanges(answer)(at)) return true
  const before = answer.slice(0, at)
  const openers = [...markersIn(before)].filter(
    ({ family, closes, at }) => family === 'think' && !closes && before.slice(0, at).trim() !== '',
  )
  const content = segments.at(-1)?.text ?? ''
  const leads = content.slice(0, markersIn(content).next().value?.at ?? 0).trim() === ''
  const isApart =
    boundary.kind === 'tagged' ||
    content.startsWith('<|channel|>') ||
    segments.some(({ channel }) => channel === 'reasoning') ||
    (boundary.kind === 'answer-only' && !leads)
  return openers.some(({ spoken }) => isApart || spoken || /[`"]|^ {4}/m.test(before))
}

/** A tagged stream that is released has each of its own tags, written out, once outside of think blocks. */
function isBoundedOnce({ boundary, segments }: Stream): boolean {
  if (boundary.kind !== 'tagged') return true
  const content = segments.at(-1)?.text ?? ''
  const closers = content.split(`</deliberation-${boundary.nonce}>`).length - 1
  return closers === 1 && content.includes(`<deliberation-${boundary.nonce}>`)
}

let released = 0
const failures = new Map<string, number>()
const started = performance.now()
for (let index = 0; index < streams; index++) {
  const dice = createDice(seed * 1_000_003 + index)
  const stream = createStream(dice)
  const hasToolCalls = dice.below(2) === 0
  const whole = splitSegments(stream.segments, stream.boundary, hasToolCalls)
  const chopped = splitSegments(chop(dice, stream.segments), stream.boundary, hasToolCalls)
  const outcome = whole.ok ? `=${whole.value.answer}` : whole.failure.reason
  const again = chopped.ok ? `=${chopped.value.answer}` : chopped.failure.reason
  let wrong = ''
  if (outcome !== again) wrong = 'the cuts changed the outcome'
  const shows = whole.ok && whole.value.answer.includes(CANARY)
  if (shows && !isUnmarked(stream) && !isOpenedBefore(stream, whole.value.answer))
    wrong = 'reasoning in the answer'
  if (whole.ok && !isBoundedOnce(stream)) wrong = 'released without one pair of tags'
  if (stream.isWhole && (!whole.ok || whole.value.answer !== stream.answer))
    wrong = 'an unhurt stream did not split'
  if (wrong !== '') {
    process.stderr.write(
      `${wrong}: seed ${seed}, stream ${index}\n${JSON.stringify({ ...stream, outcome, again }, null, 1)}\n`,
    )
    process.exit(1)
  }
  if (whole.ok) released++
  else failures.set(whole.failure.reason, (failures.get(whole.failure.reason) ?? 0) + 1)
}
const seconds = ((performance.now() - started) / 1000).toFixed(1)
process.stdout.write(
  `${streams} streams in ${seconds} s: ${released} released, ${JSON.stringify(Object.fromEntries(failures))}\n`,
)
