/**
 * The file format of the journal: a magic word, then frames of length, checksum, payload. No I/O.
 * A frame that is cut or damaged ends the readable part; what follows is the torn tail, which only a crash in mid-write
 * (never acknowledged) or a damaged disk can leave.
 */
import { crc32 } from 'node:zlib'

export const MAGIC = Buffer.from('CHMJRNL1')
const HEAD_BYTES = 8

export function frame(payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(payload.length, 0)
  head.writeUInt32LE(crc32(payload), 4)
  return Buffer.concat([head, payload])
}

export type ReadFrames = {
  readonly payloads: readonly Uint8Array[]
  /** Where the torn tail begins; the length of the file when there is none. */
  readonly soundBytes: number
}

export function readFrames(file: Buffer): ReadFrames {
  const payloads: Uint8Array[] = []
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) return { payloads, soundBytes: 0 }
  let at = MAGIC.length
  while (at + HEAD_BYTES <= file.length) {
    const length = file.readUInt32LE(at)
    const payload = file.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length)
    // Zeros are what a file system may leave after a power cut, and their checksum is right.
    if (length === 0 || payload.length < length) break
    if (crc32(payload) !== file.readUInt32LE(at + 4)) break
    payloads.push(payload)
    at += HEAD_BYTES + length
  }
  return { payloads, soundBytes: at }
}
