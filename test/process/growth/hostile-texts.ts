/** Texts made to be slow: a beginning that sets a pattern going, what it goes on over, and an end that lets it down. */

type HostileText = { readonly name: string; readonly textOf: (length: number) => string }

const PARTS: readonly (readonly [beginning: string, repeated: string, end: string])[] = [
  ['', 'a', '\0'],
  ['', 'word ', ''],
  ['', '7', 'x'],
  ['', '1,', 'x'],
  ['', 'a@', ''],
  ['x@', 'a.', ''],
  ['', ' ', 'x'],
  ['x', '\n', 'x'],
  ['', '\n \t', 'x'],
  ['', '"', ''],
  ['"', '\\"', ''],
  ['"', '\\', ''],
  ['', '[', ''],
  ['', '{"a":', ''],
  ['', '<', '>'],
  ['', '<think ', ''],
  ['', '<think>', '</think>'],
  ['', '`', 'x'],
  ['', '- **', ''],
  ['', '* ', ''],
  ['', '> ', ''],
  ['', '| a ', ''],
  ['', ';', ''],
  ['application/json', '; charset=utf-8', 'x'],
  ['a: b', '\r\nc: ', ''],
  ['', 'data: {}\n', ''],
  ['', 'QUJDREVGR0hJSktMTU5P', '='],
  ['', 'https://user:', '@'],
  ['', '+49 ', ''],
  ['', '\ud800', ''],
  ['e', '\u0301', ''],
  ['', '\u0301\u0323', 'a'],
  ['', '\ufdfa', ''],
  ['', 'ⅷ', ''],
  ['', 'aа', ''],
  ['', '\u200b', 'x'],
  ['', '👩‍👩‍👧‍👦', ''],
  ['', '我', '被'],
  ['', '제가', '1'],
  ['', 'ไทย', ''],
  ['', 'I cannot, ', 'x'],
]

/** Without an order, so that nothing is found by being looked for again. */
function mixed(length: number): string {
  const pieces: string[] = []
  let seed = 1
  for (let size = 0; size < length; ) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    const piece = PARTS[(seed >>> 8) % PARTS.length]?.[1] ?? ''
    pieces.push(piece, String.fromCharCode(97 + (seed % 26)))
    size += piece.length + 1
  }
  return pieces.join('')
}

export const HOSTILE_TEXTS: readonly HostileText[] = [
  ...PARTS.map(([beginning, repeated, end]) => ({
    name: JSON.stringify(beginning + repeated + repeated + end),
    textOf: (length: number) =>
      beginning + repeated.repeat(Math.ceil(length / repeated.length)) + end,
  })),
  { name: 'all of them, mixed', textOf: mixed },
]
