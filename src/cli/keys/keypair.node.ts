/**
 * `chambers keys keypair`: the key pair of somebody who signs revisions, or of a data team that reads sealed transcripts. The
 * private key goes into a file that its owner alone can read, and nowhere else; the public one is printed, and put into a key
 * set where one is named.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import * as z from 'zod'
import { parseJson } from '../../lib/json.ts'
import { REVISION_ALGORITHMS } from '../../revisions/revision.ts'
import { declareCommand, type Options, type ValuesOf } from '../shell/declare-command.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { filePlace, newFilePlace } from '../shell/place.node.ts'
import { oneWordOf } from '../shell/read-values.ts'
import { writeNewKey } from '../shell/write-new-key.node.ts'
import { CURVES, transcriptKeypair } from './transcript-keypair.node.ts'

const USAGE = 'Name the file for the private key: chambers keys keypair --kid NAME --out FILE'
const PURPOSES = ['revisions', 'transcripts'] as const
const DEFAULT_ALGORITHM = 'EdDSA'
/** What the header of a signature takes, and a line of output. */
const NAME = /^[^\p{C}]{1,200}$/u

const keySetSchema = z.looseObject({ keys: z.array(z.looseObject({ kid: z.string().optional() })) })

type KeySet = z.infer<typeof keySetSchema>

const OPTIONS = {
  out: {
    takes: 'FILE',
    says: 'A new file for the private key',
    required: USAGE,
    read: newFilePlace,
  },
  for: {
    takes: 'PURPOSE',
    says: 'What the pair is for: revisions, to sign them, or transcripts, for TRANSCRIPT_KEY',
    default: 'revisions',
    read: oneWordOf(PURPOSES),
  },
  kid: {
    takes: 'NAME',
    says: 'The name of the key, of a signer',
    otherwise: 'its thumbprint',
  },
  alg: {
    takes: 'ALG',
    says: `How it signs: ${REVISION_ALGORITHMS.join(' or ')}`,
    otherwise: DEFAULT_ALGORITHM,
  },
  curve: {
    takes: 'CURVE',
    says: `The curve of a pair for transcripts: ${CURVES.join(' or ')}`,
    otherwise: CURVES[0],
  },
  jwks: {
    takes: 'FILE',
    says: 'A key set that the public key of a signer is put into',
    read: filePlace('keys'),
  },
} as const satisfies Options

export const keysKeypair = declareCommand({
  also: ['keys keypair --for transcripts --out FILE'],
  options: OPTIONS,
  async run({ values }, io) {
    const { out, jwks, kid, alg, curve } = values
    if (values.for === 'transcripts') {
      if (kid !== undefined || jwks !== undefined) {
        throw new UsageError('Leave out --kid and --jwks: a gateway seals for one key')
      }
      return transcriptKeypair({ out, alg, curve }, io)
    }
    if (curve !== undefined) throw new UsageError('Leave out --curve, or add --for transcripts')
    return signerKeypair(values, io)
  },
})

async function signerKeypair(
  { out, jwks, kid, alg = DEFAULT_ALGORITHM }: ValuesOf<typeof OPTIONS>,
  io: Io,
): Promise<number> {
  if (kid !== undefined && !NAME.test(kid)) {
    throw new UsageError('Set --kid to a name of 1 to 200 visible characters')
  }
  const algorithm = oneWordOf(REVISION_ALGORITHMS)(alg, '--alg')
  const pair = await generateKeyPair(algorithm, { extractable: true })
  const privateKey = await named(await exportJWK(pair.privateKey), { algorithm, kid })
  const publicKey = await named(await exportJWK(pair.publicKey), { algorithm, kid })
  const keySet = jwks === undefined ? null : withKey(jwks, publicKey)
  writeNewKey(out, `${JSON.stringify(privateKey)}\n`)
  if (jwks !== undefined) replace(jwks, `${JSON.stringify(keySet, null, 2)}\n`)
  io.stdout(`${JSON.stringify(publicKey)}\n`)
  if (!io.json) {
    io.stderr(
      `Wrote the private key of ${publicKey.kid} to ${out}: it signs, so keep it to yourself\n`,
    )
    if (jwks !== undefined) io.stderr(`Put the public key into ${jwks}\n`)
  }
  return 0
}

async function named(
  key: JWK,
  { algorithm, kid }: { readonly algorithm: string; readonly kid: string | undefined },
): Promise<JWK> {
  return { ...key, alg: algorithm, use: 'sig', kid: kid ?? (await calculateJwkThumbprint(key)) }
}

/** The key set of a file, or an empty one, with one key more. @throws Error where the file is none, or has the name already. */
function withKey(file: string, key: JWK): KeySet {
  const json = existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : null
  const read = keySetSchema.safeParse(json === null ? { keys: [] } : json.ok && json.value)
  if (!read.success) throw new Error(`Name a JSON Web Key Set with --jwks, or a new file: ${file}`)
  const { keys } = read.data
  if (keys.some(({ kid }) => kid === key.kid)) {
    throw new Error(
      `Choose another --kid, or take the old key out: ${file} holds ${key.kid} already`,
    )
  }
  return { ...read.data, keys: [...keys, key] }
}

/** A gateway that reads the key set meanwhile finds the old one or the new one, whole. */
function replace(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const beside = `${file}.${process.pid}.new`
  writeFileSync(beside, text)
  renameSync(beside, file)
}
