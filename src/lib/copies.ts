/**
 * Copies: what a gateway keeps of its database beside it, to go on serving when the database is out of reach. A port, and
 * the form of a copy. No I/O. A copy that was torn or altered by accident must never be read as whole; whether what it
 * says is true is for its reader to prove.
 */
import { sha256Hex } from './digest.ts'
import { type JsonValue, parseJson } from './json.ts'

export interface Copies {
  /** The text kept under a name; null where there is none. */
  read(name: string): Promise<string | null>
  /** Replaces it whole: a reader gets the old text or the new one. Of two writes of a name the later one stays. */
  write(name: string, text: string): Promise<void>
}

/** JSON under its own SHA-256. */
export async function packCopy(value: JsonValue): Promise<string> {
  const json = JSON.stringify(value)
  return `${await sha256Hex(json)}\n${json}\n`
}

/** What was packed; undefined for a text that is not whole. */
export async function unpackCopy(text: string): Promise<JsonValue | undefined> {
  const [digest, json, ...rest] = text.split('\n')
  if (json === undefined || rest.join('') !== '' || (await sha256Hex(json)) !== digest) {
    return undefined
  }
  const parsed = parseJson(json)
  return parsed.ok ? parsed.value : undefined
}
