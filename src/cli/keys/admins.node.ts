/**
 * `chambers admins revoke ID`: takes back every token of the admin that a first start has made. Does file I/O in the data folder: a
 * new key is put there, and gateways over the folder look at it with every token.
 */
import { systemClock } from '../../lib/clock.ts'
import { LOCAL_ADMIN, revokeLocalAdmin } from '../../start/node/local-admin.node.ts'
import { readConfigOf } from '../desk/open-desk.node.ts'
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
    const { dataDir } = await readConfigOf(io)
    const tokenFile = await revokeLocalAdmin({ dataDir, clock: systemClock })
    io.stdout(
      io.json
        ? `${JSON.stringify({ id, revoked: true, tokenFile })}\n`
        : `Revoked every token of ${id}; a new one is in ${tokenFile}\n`,
    )
    return 0
  },
})
