/** How the audit log names whoever works in the database from the command line. Asks the operating system. */
import { userInfo } from 'node:os'

/** `cli:` and the account; its number where it has no name, as in many containers. */
export function cliActor(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    return `cli:${process.getuid?.() ?? 'unknown'}`
  }
}
