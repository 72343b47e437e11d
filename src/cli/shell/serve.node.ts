/** `chambers serve`: the gateway itself, configured by the environment, until a signal ends it. */
import { serve } from '../../node.ts'
import { type Command, UsageError } from './io.ts'

export const serveCommand: Command = async (args, io) => {
  if (args.length > 0) {
    throw new UsageError(`Set variables of the environment instead of: ${args.join(' ')}`)
  }
  await serve(io.environment)
  return 0
}
