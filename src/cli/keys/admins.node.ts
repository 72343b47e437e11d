/**
 * `chambers admins revoke ID`: takes back every token of the admin that a first start has made. Does file I/O in the data folder: a
 * new key is put there, and gateways over the folder look at it with every token. The audit log of their database is told next.
 */
import { systemClock } from '../../lib/clock.ts'
import { LOCAL_ADMIN, revokeLocalAdmin } from '../../start/node/local-admin.node.ts'
import { openStores } from '../../start/node/open-stores.node.ts'
import { readConfigOf } from '../desk/open-desk.node.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import { declareCommand } from '../shell/declare-command.ts'

export const adminsRevoke = declareCommand({
  positionals: {
    id: { takes: 'ID', says: `The admin: ${LOCAL_ADMIN}, whom a first start has made` },
  },
  wanted: `Name the admin to revoke: chambers admins revoke ${LOCAL_ADMIN}`,
  options: {},
  async run({ positionals: { id } }, io) {
    if (id !== LOCAL_ADMIN) {
      io.stderr(`No such admin here: ${id}. Tokens of another issuer are revoked there\n`)
      return 1
    }
    const config = await readConfigOf(io)
    const { dataDir } = config
    const tokenFile = await revokeLocalAdmin({ dataDir, clock: systemClock })
    io.stdout(
      io.json
        ? `${JSON.stringify({ id, revoked: true, tokenFile })}\n`
        : `Revoked every token of ${id}; a new one is in ${tokenFile}\n`,
    )
    // A database that is away must keep nobody from being shut out.
    await using opened = await openStores(config)
    const event = { actor: cliActor(), action: 'admin.revoke', policy: null, tenant: null }
    await opened.stores.audit.commit({ ...event, details: { id } }, [])
    return 0
  },
})
