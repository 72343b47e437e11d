/**
 * What people name a bundle by, to the bundle: a folder, a file, a revision number, a digest, or its part in a rollout.
 * Reads the disk, and the gateway's revisions where one of them is named. What a file claims of its digest is proved.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { sha256Hex } from '../../lib/digest.ts'
import { canonicalJson, isJsonObject, parseJson } from '../../lib/json.ts'
import { compilePolicy, readBundle } from '../../policy/bundle.ts'
import { MIN_PREFIX } from '../../policy/repository.ts'
import type { Bundle } from '../../policy/section.ts'
import { POLICY_ID } from '../../revisions/revision.ts'
import { UsageError } from '../shell/io.ts'
import { type OpenControl, PAGE } from './control.ts'
import { readPolicyFolder } from './policy-folder.node.ts'
import { renderProblem } from './policy-folders.node.ts'
import { provenBundle, readRevisionFile } from './revision-file.node.ts'

/** The revisions of a gateway, as far as a comparison looks at them. */
export type Revisions = Pick<OpenControl, 'states' | 'revisions' | 'bundle'>

export const BUNDLE_NAMES =
  'a folder, a file of `policy build` or `policy sign`, a revision number, a digest, active, candidate, built-in, none, a policy, or one of them as POLICY@NUMBER'

/** What is never a path: `./7` is the folder of that name. */
const RESERVED = /^(?:\d+|active|candidate|built-in|none)$/

/** `acme@3`, `acme@active`. */
const OF_POLICY = new RegExp(`^(${POLICY_ID.source.slice(1, -1)})@([\\w-]+)$`)

/** The bundle of a folder or file; null where the name is neither. @throws Error that says what to mend. */
export async function readBundleAt(name: string): Promise<Bundle | null> {
  if (RESERVED.test(name) || !existsSync(name)) return null
  return statSync(name).isDirectory() ? compileFolder(name) : readFile(name)
}

/**
 * A bundle of the gateway by what people call it, of whichever policy they mean; null for nothing: where they say `none`, or
 * `active` of a policy that serves nobody yet. @throws Error where there is none by that name.
 */
export async function findNamed(
  control: Revisions & Pick<OpenControl, 'known'>,
  policy: string,
  name: string,
): Promise<Bundle | null> {
  if (name === 'none') return null
  const [, other, within] = OF_POLICY.exec(name) ?? []
  if (other !== undefined && within !== undefined) return findNamed(control, other, within)
  const known = await control.known()
  if (name === 'active') {
    const state = known.find((one) => one.policy === policy)
    if ((state?.active ?? null) === null) return null
  }
  const whole = known.find((one) => one.policy === name)
  if (!whole || RESERVED.test(name)) return findBundle(control, policy, name)
  const number = whole.active ?? (await newestOf(control, name))
  return findBundle(control, name, String(number))
}

/** @throws Error where everything that was pushed was rejected. */
async function newestOf({ revisions }: Revisions, policy: string): Promise<number> {
  const [newest] = await revisions(policy, { before: null, limit: 1 })
  if (newest) return newest.number
  throw new Error(`Push a revision of ${policy} first: what was pushed was rejected`)
}

/**
 * Which policy `candidate` is of, where nobody says it: the one that alone has one. @throws UsageError that lists several,
 * Error where there is none.
 */
export async function onlyStaged({ states }: Pick<Revisions, 'states'>): Promise<string> {
  const staged = (await states()).filter(({ candidate }) => candidate !== null)
  const [first, ...others] = staged.map(({ policy }) => policy)
  if (first === undefined) throw new Error('Stage a revision first: no policy has a candidate')
  if (others.length === 0) return first
  throw new UsageError(`Give --policy, too: ${[first, ...others].join(', ')} have a candidate`)
}

/** The bundle of a policy's revision. @throws Error where there is none by that name. */
export async function findBundle(
  revisions: Revisions,
  policy: string,
  name: string,
): Promise<Bundle> {
  const number = await numberOf(revisions, policy, name)
  const bundle = number === null ? null : await revisions.bundle(policy, number)
  if (bundle) return bundle
  const staged = (await revisions.states()).filter(({ candidate }) => candidate !== null)
  const others = staged.map((one) => one.policy).join(', ')
  const hint = name === 'candidate' && others !== '' ? `; with --policy: ${others}` : ''
  throw new Error(`Name what is there: policy ${policy} has no ${name}${hint} (${BUNDLE_NAMES})`)
}

async function numberOf(
  revisions: Revisions,
  policy: string,
  name: string,
): Promise<number | null> {
  if (name === 'built-in') return 0
  if (/^\d{1,15}$/.test(name)) return Number(name)
  const state = (await revisions.states()).find((one) => one.policy === policy)
  if (name === 'active') return state?.active ?? null
  if (name === 'candidate') return state?.candidate ?? null
  const prefix = name.replace(/^@/, '')
  if (prefix.length < MIN_PREFIX || !/^[0-9a-f]{1,64}$/.test(prefix)) return null
  return numberByDigest(revisions, policy, prefix)
}

/** The newest revision with the digest. @throws Error where several digests begin so. */
async function numberByDigest(
  revisions: Revisions,
  policy: string,
  prefix: string,
): Promise<number | null> {
  const builtIn = await revisions.bundle(policy, 0)
  const found = new Map<string, number>()
  let before: number | null = null
  for (;;) {
    const page = await revisions.revisions(policy, { before, limit: PAGE })
    for (const { digest, number } of page) {
      if (digest.startsWith(prefix) && !found.has(digest)) found.set(digest, number)
    }
    before = page.at(-1)?.number ?? null
    if (before === null || page.length < PAGE) break
  }
  if (builtIn?.digest.startsWith(prefix) && !found.has(builtIn.digest)) found.set(builtIn.digest, 0)
  if (found.size > 1) throw new Error(`Give more of the digest: several begin with ${prefix}`)
  return [...found.values()][0] ?? null
}

async function compileFolder(folder: string): Promise<Bundle> {
  const { compiled, problems } = await compilePolicy(readPolicyFolder(folder))
  if (compiled) return compiled.bundle
  const errors = problems
    .filter(({ severity }) => severity === 'error')
    .map((problem) => renderProblem(folder, problem))
  throw new Error(['Correct the errors first:', ...errors].join('\n'))
}

async function readFile(path: string): Promise<Bundle> {
  const parsed = parseJson(readFileSync(path, 'utf8'))
  const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
  if (value.jws !== undefined) {
    const signed = await provenBundle(readRevisionFile(path))
    if (signed) return signed
    throw new Error(
      `Name the digest it goes back to: ${path} signs a rollback, and holds no bundle`,
    )
  }
  const digest = await sha256Hex(canonicalJson(value))
  const read = await readBundle(value, { digest, revision: 0 })
  if (read.ok) return read.value
  throw new Error(`Name ${BUNDLE_NAMES}: ${path} holds no bundle`)
}
