import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Capability, CurrentUser, RegisteredRoles, StepUpOptions } from '../verify/index.ts'
import { toJwtOptions } from './fastify-jwt.ts'
import { createGuard, StepUpChecks, type Verifier } from './guard.ts'
import { holdTickShape } from './tick-shape.ts'

export interface EdgeOptions {
  verifier: Verifier
  /** The capability that every route of the module requires. A route's own `config: { allow }` is required in addition. */
  allow?: Capability<RegisteredRoles>
  /** For every route of the module; one that asks for more in its `config` gets more. */
  stepUp?: StepUpOptions
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The user who sent the request; in a guarded module only. */
    currentUser: CurrentUser
  }
  interface FastifyContextConfig {
    /** The capability that the route requires, in addition to that of its module. */
    allow?: Capability<RegisteredRoles>
    /** Looks the session up in the session store after the edge check: for money, passwords, deletion. */
    freshness?: 'central'
    /** Asks for a recent or a strong proof of the user, without a look-up; the client answers it with POST /auth/step-up (RFC 9470). */
    stepUp?: StepUpOptions
  }
}

const VERIFIER = Symbol('verifier of a guarded module')

// As early as possible: after a collection it is too late.
holdTickShape()

/**
 * Guards the module that registers it, the modules registered inside it, and nothing else: a request without a valid credential gets
 * 401, one without the required capability 403. Register it first, and await it: routes that were declared earlier are guarded too, but
 * their `config` is checked only when a request comes.
 *
 * @throws at boot, for a route that requires no capability, or one that no role has, or a check that the verifier does not have
 */
export const edge = fp(async function edge (module: FastifyInstance, options: EdgeOptions): Promise<void> {
  const { verifier, allow: moduleCapability } = options
  if (moduleCapability !== undefined) assertGranted(verifier, moduleCapability, 'the module')
  const stepUps = locate('the module', () => new StepUpChecks(options.stepUp))
  await decorate(module, verifier)
  module.addHook('onRoute', assertGuarded)
  module.addHook('onRequest', createGuard(verifier, { allow: moduleCapability, stepUps }))

  function assertGuarded ({ method, url, config: { allow, freshness, stepUp } = {} }: RouteOptions): void {
    const route = `${String(method)} ${url}`
    if (allow !== undefined) assertGranted(verifier, allow, route)
    else if (moduleCapability === undefined) {
      throw new TypeError(`edge: ${route} is guarded but allows nothing; set "allow" for its module or in its config`)
    }
    if (freshness !== undefined) assertSessionCheck(verifier, freshness, route)
    locate(route, () => stepUps.find(stepUp))
  }
}, { name: 'edge', fastify: '5.x' })

function assertGranted (verifier: Verifier, capability: unknown, where: string): void {
  if (typeof capability === 'string' && verifier.roles.grants(capability)) return
  throw new TypeError(`edge: ${where} allows "${String(capability)}", which no role grants`)
}

function assertSessionCheck ({ checkSession }: Verifier, freshness: unknown, route: string): void {
  if (freshness !== 'central') throw new TypeError(`edge: ${route} asks for freshness "${String(freshness)}"; there is "central"`)
  if (checkSession === undefined) throw new TypeError(`edge: ${route} asks for freshness "central", but its verifier has no "checkSession"`)
}

/** Names the route of a mistake. */
function locate<T> (where: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    throw new TypeError(`edge: ${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** A module in a guarded module has the decorators already; it cannot have those of another verifier. */
async function decorate (module: FastifyInstance, verifier: Verifier): Promise<void> {
  if (module.hasDecorator(VERIFIER)) {
    if (module.getDecorator(VERIFIER) === verifier) return
    throw new TypeError('edge: a module in a guarded module must be guarded by the same verifier')
  }
  module.decorate(VERIFIER, verifier)
  if (verifier.tokens !== undefined) await module.register(fastifyJwt, toJwtOptions(verifier.tokens))
  else module.decorateRequest('currentUser')
}
