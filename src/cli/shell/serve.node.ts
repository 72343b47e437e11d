/** `chambers serve`: the gateway itself, configured by the environment, until a signal ends it. */
import type { Command } from './declare-command.ts'
import { UsageError } from './io.ts'

export const serveCommand: Command = {
  positionals: {},
  options: {},
  async run(args, io) {
    if (args.length > 0) {
      throw new UsageError(`Set variables of the environment instead of: ${args.join(' ')}`)
    }
    // Whoever asks for help waits for no gateway to be loaded.
    const { serve } = await import('../../node.ts')
    await serve(io.environment)
    return 0
  },
}
