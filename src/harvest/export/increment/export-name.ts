/**
 * The name of an export: a digest of what made it, so that its manifest tells it wherever its files have gone, and the note of it
 * beside the store has the same. Pure.
 */
import { sha256Hex } from '../../../lib/digest.ts'
import { canonicalJson, type JsonObject } from '../../../lib/json.ts'
import type { ToldIncrement } from './increment.ts'

export type NamedExport = {
  readonly format: string
  readonly arguments: JsonObject
  readonly increment: ToldIncrement
}

/** Lowercase hex SHA-256; however its files are encoded. */
export function nameOfExport({
  format,
  arguments: asked,
  increment,
}: NamedExport): Promise<string> {
  const { encoding: _encoding, ...rest } = asked
  const { after, through, since } = increment
  return sha256Hex(canonicalJson({ format, arguments: rest, increment: { after, through, since } }))
}
