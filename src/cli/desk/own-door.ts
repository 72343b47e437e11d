/**
 * The admin surface in this process, for whoever has the database in hand: the same routes as a gateway's, behind a door that
 * nobody else can find. No I/O of its own; no socket is ever opened, and the pass is in no file.
 */
import { Hono } from 'hono'
import { type Admin, SCOPES } from '../../admin/authenticate-admin.ts'
import { AdminProblem, problemResponse, toAdminProblem } from '../../admin/problem.ts'
import { type AdminPorts, createAdminRoutes } from '../../admin/routes.ts'
import { GatewayError } from '../../errors.ts'
import type { Random } from '../../lib/clock.ts'
import type { AdminDoor } from '../shell/admin-door.ts'

export type OwnDoorOptions = {
  readonly ports: Omit<AdminPorts, 'authenticateAdmin'>
  /** As the audit log names whoever is at the machine. */
  readonly actor: string
  readonly random: Random
}

export function createOwnDoor({ ports, actor, random }: OwnDoorOptions): AdminDoor {
  const authorization = `Bearer ${random.hex(32)}`
  const owner: Admin = {
    subject: actor,
    actor,
    scopes: new Set(SCOPES),
    tenants: ['*'],
    policies: ['*'],
    expires: null,
  }
  const authenticateAdmin: AdminPorts['authenticateAdmin'] = (given) => {
    if (given === authorization) return Promise.resolve(owner)
    throw new AdminProblem('not_authenticated', 'This surface is for its own process alone')
  }
  const app = new Hono()
  app.route('/', createAdminRoutes({ ...ports, authenticateAdmin }, null))
  app.onError((error) => {
    if (error instanceof AdminProblem) return problemResponse(error, OWN)
    if (error instanceof GatewayError) return problemResponse(toAdminProblem(error), OWN)
    // Nobody else is told: whoever asks is the one who can mend it.
    throw error
  })
  return {
    name: null,
    async send({ method, path, headers, body }) {
      return app.request(`/admin/v1${path}`, {
        method,
        headers: { authorization, ...headers },
        ...(body !== undefined && { body }),
      })
    },
  }
}

/** Where a gateway names the request: nobody looks this one up. */
const OWN = 'own'
