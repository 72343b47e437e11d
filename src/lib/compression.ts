/** How bytes at rest are packed: the platform's stream by default, zlib where that is quicker. Both write gzip. No I/O. */

export type Bytes = Uint8Array<ArrayBuffer>

export interface Compression {
  compress(bytes: Bytes): Promise<Bytes>
  /** Rejects when the bytes are no gzip. */
  decompress(bytes: Bytes): Promise<Bytes>
}

export const streamCompression: Compression = {
  compress: (bytes) => through(bytes, new CompressionStream('gzip')),
  decompress: (bytes) => through(bytes, new DecompressionStream('gzip')),
}

type Transform = { readonly readable: ReadableStream; readonly writable: WritableStream }

async function through(bytes: Bytes, transform: Transform): Promise<Bytes> {
  const body = new Response(bytes).body
  if (!body) return bytes
  return new Uint8Array(await new Response(body.pipeThrough(transform)).arrayBuffer())
}
