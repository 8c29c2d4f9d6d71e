import type { IncomingMessage } from 'node:http'
import { readRequestBearer } from '../contract/index.ts'
import { isRecord } from './access-token.ts'
import type { AnyRoles, AnyUser, CurrentUser } from './current-user.ts'
import { Rejection, type TokenRejection } from './rejection.ts'
import { createStepUpCheck, type StepUpOptions } from './step-up.ts'

export interface RequestGuardOptions<C extends string = string> {
  /** The capability that the request needs. */
  allow: C
  /** Asks for a recent or a strong proof of the user, without a look-up (RFC 9470). */
  stepUp?: StepUpOptions
}

/**
 * Lets a request pass or throws. It is synchronous: a forgotten `if` or `await` lets nobody in.
 *
 * @param request of node:http (Express, Koa's `ctx.req`, Fastify's `request.raw`), or of the Fetch API (Hono's `c.req.raw`)
 * @returns the user who sent it
 * @throws Rejection, which carries the response
 */
export type RequestGuard<User = CurrentUser> = (request: IncomingMessage | Request) => User

/** Makes the guards of a verifier. */
export interface RequestGuards<C extends string = string, User = CurrentUser> {
  /**
   * Makes a guard for some requests, once, before the service listens.
   *
   * @throws TypeError for a capability that no role has, or a step-up that nobody can meet
   */
  guard (options: RequestGuardOptions<C>): RequestGuard<User>
}

interface GuardParts {
  roles: AnyRoles
  /** Epoch milliseconds. */
  clock: () => number
  verify: (token: string) => CurrentUser | TokenRejection
}

/** See `RequestGuards.guard`. */
export function createRequestGuard ({ roles, clock, verify }: GuardParts, options: RequestGuardOptions): RequestGuard {
  // A JavaScript caller may have given anything.
  const { allow, stepUp, ...others }: Partial<RequestGuardOptions> = isRecord(options) ? options : {}
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new TypeError(`guard has "${unknown}"; there are "allow" and "stepUp"`)
  if (allow === undefined) throw new TypeError('guard needs "allow": a guard that allows nothing lets nobody in')
  if (typeof allow !== 'string' || !roles.grants(allow)) throw new TypeError(`guard allows "${String(allow)}", which no role grants`)
  const proof = stepUp === undefined ? undefined : createStepUpCheck(stepUp)

  return function guard (request) {
    const credential = readRequestBearer(request)
    const user = typeof credential === 'string' ? credential : verify(credential.token)
    if (typeof user === 'string') throw new Rejection(user)
    if (!isAllowed(user, allow)) throw new Rejection('insufficient_scope')
    const reason = proof?.findReason(user, clock())
    if (reason !== undefined) throw new Rejection(reason, proof?.toResponse(reason))
    return user
  }
}

function isAllowed (user: AnyUser, capability: string): boolean {
  return user.can(capability)
}
