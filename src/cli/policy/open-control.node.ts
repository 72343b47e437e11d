/** Opens the policies of the desk for a command, wherever they are. I/O over HTTP, or in the database. */
import { loadPolicies } from '../../start/node/load-policies.node.ts'
import { type Desk, openDesk, openDeskIfAny } from '../desk/open-desk.node.ts'
import type { Connection } from '../shell/admin-token.node.ts'
import { askControl } from './ask-control.ts'
import type { OpenControl } from './control.ts'

/** @throws UsageError where the environment is not valid, or a URL comes without a token. */
export async function openControl(connection: Connection): Promise<OpenControl> {
  return controlOf(await openDesk(connection))
}

/** The same, or null where neither a URL was given nor a database is there yet. */
export async function openControlIfAny(connection: Connection): Promise<OpenControl | null> {
  const desk = await openDeskIfAny(connection)
  return desk && controlOf(desk)
}

function controlOf(desk: Desk): OpenControl {
  return {
    ...askControl(desk.client, async () => (await loadPolicies()).bundles),
    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  }
}
