/** The command to run next, ready to be pasted. Pure; it goes where this one went, and never holds a token. */

export function nextCommand(
  words: readonly string[],
  { url }: { readonly url?: string | undefined },
): string {
  const all = ['npx', 'chambers', ...words, ...(url === undefined ? [] : ['--url', url])]
  return `  ${all.map(quoted).join(' ')}\n`
}

/** The same command again, with what it is to be given besides. */
export function againCommand(words: readonly string[], args: readonly string[]): string {
  const isToken = (at: number) =>
    args[at - 1] === '--token' || /^--token(?:=|$)/.test(args[at] ?? '')
  return nextCommand([...words, ...args.filter((_, at) => !isToken(at))], {})
}

function quoted(word: string): string {
  return /^[\w./:@=,+%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
