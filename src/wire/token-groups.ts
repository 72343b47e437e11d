/** Cuts tokens that have log probabilities into pieces for a stream, between characters. Pure. */
import type { TokenLogprob } from './released-fields.ts'

export type TokenGroup = { readonly text: string; readonly tokens: readonly TokenLogprob[] }

/** The tokens of a text in groups of at most `pieceLength` UTF-16 units, as far as one of them is not longer; one group where they do not make it up. */
export function tokenGroups(
  text: string,
  tokens: readonly TokenLogprob[],
  pieceLength: number,
): readonly TokenGroup[] {
  const characters = wholeCharacters(tokens)
  if (characters.map((group) => group.text).join('') !== text) return [{ text, tokens }]
  const groups: { text: string; tokens: TokenLogprob[] }[] = []
  for (const group of characters) {
    const last = groups.at(-1)
    if (last && last.text.length + group.text.length <= pieceLength) {
      last.text += group.text
      for (const token of group.tokens) last.tokens.push(token)
    } else groups.push({ text: group.text, tokens: [...group.tokens] })
  }
  return groups
}

/** Tokens in the smallest groups that end where a character does: one may be a part of a character, told by its bytes alone. */
function wholeCharacters(tokens: readonly TokenLogprob[]): readonly TokenGroup[] {
  const groups: TokenGroup[] = []
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let group: TokenLogprob[] = []
  let text = ''
  for (const [at, token] of tokens.entries()) {
    const isLast = at === tokens.length - 1
    const ends = isLast || !isContinued(bytesOf(tokens[at + 1] as TokenLogprob))
    text += decoder.decode(bytesOf(token), { stream: !ends })
    group.push(token)
    if (!ends) continue
    groups.push({ text, tokens: group })
    group = []
    text = ''
  }
  return groups
}

/** A token's own bytes, or those of its text where none were told. */
export function bytesOf({ token, bytes }: TokenLogprob): Uint8Array {
  return Array.isArray(bytes)
    ? Uint8Array.from(bytes as readonly number[])
    : new TextEncoder().encode(token)
}

/** Whether bytes begin within a character, or hold none that could begin one. */
function isContinued([first]: Uint8Array): boolean {
  return first === undefined || (first & 0xc0) === 0x80
}
