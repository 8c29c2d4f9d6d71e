import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Capability } from '../contract/index.ts'
import type { CurrentUser } from '../verify/index.ts'
import { createGuard } from './guard.ts'
import type { Verifier } from '../verify/index.ts'
import type { RegisteredRoles } from '../verify/index.ts'

export interface EdgeOptions {
  verifier: Verifier
  /** What every route of the module asks for; a route's own `config: { allow }` comes on top, and both must be held. */
  allow?: Capability<RegisteredRoles>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who the request comes from; in a guarded module only. */
    currentUser: CurrentUser
  }
  interface FastifyContextConfig {
    /** What the route asks for, on top of what its module does. */
    allow?: Capability<RegisteredRoles>
    /** Who passed the edge is looked up once more, where the sessions are kept: for money, passwords, deletion. */
    freshness?: 'central'
  }
}

const VERIFIER = Symbol('verifier of a guarded module')

/**
 * Guards the module that registers it, what is registered in that module, and nothing else: whoever comes without a good credential
 * is answered 401, whoever may not do what a route allows 403. Register it first, and await it: routes declared earlier are guarded
 * all the same, but what they allow is looked at only when a request comes.
 *
 * @throws at boot, for a route that allows nothing, or what no role grants, or asks for what the verifier cannot do
 */
export const edge = fp(async function edge (module: FastifyInstance, { verifier, allow: floor }: EdgeOptions): Promise<void> {
  if (floor !== undefined) assertGranted(verifier, floor, 'the module')
  await decorate(module, verifier)
  module.addHook('onRoute', assertGuarded)
  module.addHook('onRequest', createGuard(verifier, floor))

  function assertGuarded ({ method, url, config: { allow, freshness } = {} }: RouteOptions): void {
    const route = `${String(method)} ${url}`
    if (allow !== undefined) assertGranted(verifier, allow, route)
    else if (floor === undefined) throw new TypeError(`edge: ${route} is guarded but allows nothing; set "allow" for its module or in its config`)
    if (freshness !== undefined) assertConfirms(verifier, freshness, route)
  }
}, { name: 'edge', fastify: '5.x' })

function assertGranted (verifier: Verifier, capability: unknown, where: string): void {
  if (typeof capability !== 'string' || !verifier.roles.grants(capability)) throw new TypeError(`edge: ${where} allows "${String(capability)}", which no role grants`)
}

function assertConfirms ({ confirm }: Verifier, freshness: unknown, route: string): void {
  if (freshness !== 'central') throw new TypeError(`edge: ${route} asks for freshness "${String(freshness)}"; there is "central"`)
  if (confirm === undefined) throw new TypeError(`edge: ${route} asks for freshness "central", but its verifier has no "central"`)
}

/** A module in a guarded module has the decorators already; it cannot have them of another verifier. */
async function decorate (module: FastifyInstance, verifier: Verifier): Promise<void> {
  if (module.hasDecorator(VERIFIER)) {
    if (module.getDecorator(VERIFIER) !== verifier) throw new TypeError('edge: a module in a guarded module must be guarded by the same verifier')
    return
  }
  module.decorate(VERIFIER, verifier)
  if (verifier.jwt !== undefined) await module.register(fastifyJwt, verifier.jwt)
  else module.decorateRequest('currentUser')
}
