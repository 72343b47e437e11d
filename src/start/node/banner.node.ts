/** What a start says: where the gateway listens, what serves, and lines ready to paste. No I/O; never a key or a token. */
import * as z from 'zod'
import type { PolicyStatus } from '../../policy/repository.ts'
import type { Config } from '../config.ts'

export type BannerOptions = {
  readonly url: string
  readonly config: Config
  readonly policies: readonly Pick<PolicyStatus, 'id' | 'digest' | 'revision' | 'state'>[]
  readonly database: string
  /** The file that holds an app's key; null where none was made. */
  readonly appKeyFile: string | null
  /** The file that holds an admin's token; null where admins bring their own. */
  readonly adminTokenFile: string | null
  /** The file that holds a key which may sign policies; null where signers bring their own. */
  readonly signerFile: string | null
  readonly warnings: readonly string[]
}

const DIGEST_DIGITS = 12

const readySchema = z.object({
  policies: z.array(z.string()),
  revisions: z.array(
    z.object({ policy: z.string(), revision: z.int(), state: z.enum(['live', 'cached']) }),
  ),
})

/** What a gateway elsewhere serves, by its `/readyz`. @throws ZodError where it is no such answer. */
export function servedOf(ready: unknown): BannerOptions['policies'] {
  const { policies, revisions } = readySchema.parse(ready)
  const digests = new Map(policies.map((name) => name.split('@') as [string, string]))
  return revisions.map(({ policy, revision, state }) => ({
    id: policy,
    digest: digests.get(policy) ?? '',
    revision,
    state,
  }))
}

export function bannerOf(options: BannerOptions): string {
  const { url, config, policies, database, signerFile, warnings } = options
  const upstream =
    config.upstream.baseUrl ?? 'the stand-in model (a small script, for a first look)'
  const lines = [
    `Chambers listens on ${url}`,
    '',
    `  policies  ${policies.map(renderPolicy).join(', ')}`,
    `  upstream  ${upstream}`,
    `  database  ${database}`,
    ...(signerFile === null ? [] : [`  signer    ${signerFile}`]),
    ...warnings.map((warning) => `  note      ${warning}`),
    ...askLines(options),
    ...readLines(options),
  ]
  return `${lines.join('\n')}\n`
}

function renderPolicy({ id, digest, revision, state }: BannerOptions['policies'][number]) {
  const name = `${id}@${digest.slice(0, DIGEST_DIGITS)}`
  const notes = [revision > 0 ? `revision ${revision}` : '', state === 'cached' ? state : '']
  const shown = notes.filter(Boolean).join(', ')
  return shown ? `${name} (${shown})` : name
}

function askLines({ url, appKeyFile, config }: BannerOptions): readonly string[] {
  if (appKeyFile === null && !config.auth.off) return []
  const key =
    appKeyFile === null ? [] : [`  -H "authorization: Bearer $(cat ${quote(appKeyFile)})" \\`]
  const model = config.upstream.baseUrl === null ? 'stand-in' : 'MODEL'
  const messages = [{ role: 'user', content: 'How do I pick a strong password?' }]
  return [
    '',
    'Ask something:',
    '',
    `curl -i ${url}/v1/chat/completions \\`,
    ...key,
    `  -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify({ model, messages })}'`,
  ]
}

function readLines({ url, adminTokenFile }: BannerOptions): readonly string[] {
  if (adminTokenFile === null) return []
  return [
    '',
    'Read the hidden reasoning behind that answer (ID is its x-chambers-transcript header):',
    '',
    `curl -s ${url}/admin/v1/transcripts/ID \\`,
    `  -H "authorization: Bearer $(cat ${quote(adminTokenFile)})"`,
    '',
  ]
}

/** Paths with odd characters must not end the command they are pasted into. */
function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
