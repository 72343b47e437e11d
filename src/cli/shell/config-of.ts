/** The configuration as commands read it: the same as a gateway's, from the environment they were given. No I/O. */
import { type Config, readConfig } from '../../start/config.ts'
import type { Environment } from '../../start/variables.ts'
import { UsageError } from './io.ts'

/** @throws UsageError with a line for each variable that is wrong. */
export function configOf(environment: Environment): Config {
  const read = readConfig(environment, 'node')
  if (!read.ok) throw new UsageError(read.failure.join('\n'))
  return read.value.config
}
