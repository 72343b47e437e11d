/** For which deployment a revision is signed: as an option says, else as the environment does. Pure. */
import { AUDIENCE } from '../../revisions/revision.ts'
import { readVariables } from '../../start/variables.ts'
import { type Io, UsageError } from '../shell/io.ts'

export const AUDIENCE_OPTION = {
  takes: 'NAME',
  says: 'The deployment it is for, as its POLICY_AUDIENCE says',
  otherwise: 'POLICY_AUDIENCE, else none',
  read: readAudience,
} as const

/** Null: for deployments without a name. @throws UsageError where the environment is not valid. */
export function audienceOf(
  { audience }: { readonly audience?: string | undefined },
  { environment }: Pick<Io, 'environment'>,
): string | null {
  if (audience !== undefined) return audience
  const read = readVariables(environment)
  if (!read.ok) throw new UsageError(read.failure.join('\n'))
  return read.value.POLICY_AUDIENCE ?? null
}

function readAudience(text: string, option: string): string {
  if (AUDIENCE.test(text)) return text
  throw new UsageError(`Set ${option} to a name of 1 to 200 visible characters`)
}
