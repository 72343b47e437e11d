/** The command to run next, ready to be pasted. Pure; it goes where this one went, and never holds a token. */

export function nextCommand(
  words: readonly string[],
  { url }: { readonly url?: string | undefined },
): string {
  const all = ['npx', 'chambers', ...words, ...(url === undefined ? [] : ['--url', url])]
  return `  ${all.map(quoted).join(' ')}\n`
}

function quoted(word: string): string {
  return /^[\w./:@=,+%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
