/** SHA-256 of a stream, piece by piece, where the platform is Cloudflare's: WebCrypto alone takes whole texts. */
import { toHex } from './digest.ts'

type DigestStream = WritableStream<Uint8Array> & { readonly digest: Promise<ArrayBuffer> }

/** What workerd has besides WebCrypto. */
type DigestStreams = { readonly DigestStream: new (algorithm: 'SHA-256') => DigestStream }

export async function digestStream(stream: ReadableStream<Uint8Array>): Promise<string> {
  const { DigestStream } = crypto as unknown as DigestStreams
  const sink = new DigestStream('SHA-256')
  await stream.pipeTo(sink)
  return toHex(new Uint8Array(await sink.digest))
}
