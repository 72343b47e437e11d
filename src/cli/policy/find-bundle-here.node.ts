/** The bundle that work on this machine is done under: a folder or file, or a revision in this machine's database. Reads alone. */

import type { Bundle } from '../../policy/section.ts'
import type { Config } from '../../start/config.ts'
import type { Io } from '../shell/io.ts'
import { findNamed, onlyStaged, readBundleAt } from './find-bundle.node.ts'
import { openControl } from './open-control.node.ts'

export type NamedBundle = {
  /** Null: the configured one. */
  readonly policy?: string | null | undefined
  /** As people name it: `active`, a folder, a number, a digest. */
  readonly revision: string
}

/** @throws Error where there is none by that name. */
export async function findBundleHere(
  { policy, revision }: NamedBundle,
  { config, io }: { readonly config: Config; readonly io: Io },
): Promise<Bundle> {
  const there = await readBundleAt(revision)
  if (there) return there
  // Whatever gateway the environment names, the work is this machine's.
  const { CHAMBERS_URL: _url, ...environment } = io.environment
  await using control = await openControl({ environment })
  const named = policy ?? (revision === 'candidate' ? await onlyStaged(control) : config.policy)
  const bundle = await findNamed(control, named, revision)
  if (bundle) return bundle
  throw new Error(`Name what is there: nothing of policy ${named} serves yet`)
}
