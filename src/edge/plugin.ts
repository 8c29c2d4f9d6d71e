import fastifyJwt from '@fastify/jwt'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, type HookHandlerDoneFunction, type RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { type Capability } from '../contract/index.ts'
import { readBearer } from './bearer.ts'
import { type CurrentUser } from './current-user.ts'
import { jwtOptions } from './jwt-options.ts'
import { refuse } from './refusal.ts'
import { type RegisteredRoles } from './register.ts'
import { type Verifier } from './verifier.ts'

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
  }
}

const VERIFIER = Symbol('verifier of a guarded module')

/**
 * Guards the module that registers it, what is registered in that module, and nothing else: whoever comes without a good access
 * token is answered 401, whoever may not do what a route allows 403. Register it before the routes: those declared earlier are
 * guarded all the same, but what they allow is looked at only when a request comes.
 *
 * @throws at boot, for a route that allows nothing, or what no role grants
 */
export const edge = fp(async function edge (module: FastifyInstance, { verifier, allow: floor }: EdgeOptions): Promise<void> {
  if (floor !== undefined) assertGranted(verifier, floor, 'the module')
  await decorate(module, verifier)
  module.addHook('onRoute', assertGuarded)
  module.addHook('onRequest', guard)

  function assertGuarded ({ method, url, config }: RouteOptions): void {
    const route = `${String(method)} ${url}`
    const own = config?.allow
    if (own !== undefined) assertGranted(verifier, own, route)
    else if (floor === undefined) throw new TypeError(`edge: ${route} is guarded but allows nothing; set "allow" for its module or in its config`)
  }

  function guard (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    const credential = readBearer(request)
    const verdict = typeof credential === 'string' ? credential : verifier.verify(credential.token)
    if (typeof verdict === 'string') refuse(request, reply, verdict)
    else if (!mayPass(verdict, floor, request.routeOptions.config.allow)) refuse(request, reply, 'insufficient_scope')
    else {
      request.currentUser = verdict
      done()
    }
  }
}, { name: 'edge', fastify: '5.x' })

/** Fails closed: a route that allows nothing lets nobody in. */
function mayPass (user: CurrentUser, floor: string | undefined, own: string | undefined): boolean {
  if (floor === undefined) return own !== undefined && user.can(own)
  return user.can(floor) && (own === undefined || user.can(own))
}

function assertGranted (verifier: Verifier, capability: unknown, where: string): void {
  if (typeof capability !== 'string' || !verifier.roles.grants(capability)) throw new TypeError(`edge: ${where} allows "${String(capability)}", which no role grants`)
}

/** A module in a guarded module has the decorators already; it cannot have them of another verifier. */
async function decorate (module: FastifyInstance, verifier: Verifier): Promise<void> {
  if (module.hasDecorator(VERIFIER)) {
    if (module.getDecorator(VERIFIER) !== verifier) throw new TypeError('edge: a module in a guarded module must be guarded by the same verifier')
    return
  }
  module.decorate(VERIFIER, verifier)
  await module.register(fastifyJwt, jwtOptions(verifier))
}
