/** Texts that are JSON, changed string by string: they stay JSON of the same structure, down to white space. Pure. */

/** `map` gets each string as it reads, with the name of its member; a text that is no JSON it gets whole. */
export function mapJsonText(
  text: string,
  name: string | undefined,
  map: (text: string, name: string) => string,
): string {
  return isJsonDocument(text) ? mapStrings(text, name ?? '', map) : map(text, name ?? '')
}

/** True for an object or a list, and not for a string alone. */
export function isJsonDocument(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const STRING_OR_NUMBER =
  /(?<string>"(?:[^"\\]|\\(?:.|$))*(?:"|$))(?<colon>\s{0,20}:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs

/** Numbers become strings where they must go. */
function mapStrings(
  text: string,
  outer: string,
  map: (text: string, name: string) => string,
): string {
  let name = outer
  return text.replace(STRING_OR_NUMBER, (token: string, string?: string, colon?: string) => {
    const value = string === undefined ? token : String(JSON.parse(string))
    const isName = colon !== undefined
    const mapped = map(value, isName ? '' : name)
    if (isName) name = value
    return mapped === value ? token : `${JSON.stringify(mapped)}${colon ?? ''}`
  })
}
