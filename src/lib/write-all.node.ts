/**
 * Writes a piece into a file whole, or fails. File I/O. A disk that is nearly full takes the beginning of a piece and says how much;
 * what does not ask takes a file that was cut for one that is whole.
 */
import { writeSync } from 'node:fs'

/** @throws Error of the system, where it cannot be written to its end. */
export function writeAll(descriptor: number, piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at)
}
