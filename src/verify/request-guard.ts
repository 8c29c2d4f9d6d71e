import { readRequestBearer, type NodeRequest } from '../contract/index.ts'
import { isRecord } from './access-token.ts'
import type { AnyRoles, AnyUser, CurrentUser } from './current-user.ts'
import { Rejection, type RejectionReason, type TokenRejection } from './rejection.ts'
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
export type RequestGuard<User = CurrentUser> = (request: NodeRequest | Request) => User

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
}

/** @throws Rejection for a reason, and for a user who is not allowed */
type UserCheck = (user: CurrentUser | RejectionReason) => CurrentUser

/** See `RequestGuards.guard`. */
export function createRequestGuard (
  { verify, ...parts }: GuardParts & { verify: (token: string) => CurrentUser | TokenRejection }, options: RequestGuardOptions
): RequestGuard {
  const checkUser = createUserCheck(parts, options)
  return function guard (request) {
    const credential = readRequestBearer(request)
    return checkUser(typeof credential === 'string' ? credential : verify(credential.token))
  }
}

/**
 * What a guard does once the user of a request is known.
 *
 * @throws TypeError for a capability that no role has, or a step-up that nobody can meet
 */
export function createUserCheck ({ roles, clock }: GuardParts, options: RequestGuardOptions): UserCheck {
  // A JavaScript caller may have given anything.
  const { allow, stepUp, ...others }: Partial<RequestGuardOptions> = isRecord(options) ? options : {}
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new TypeError(`guard has "${unknown}"; there are "allow" and "stepUp"`)
  if (allow === undefined) throw new TypeError('guard needs "allow": a guard that allows nothing lets nobody in')
  if (typeof allow !== 'string' || !roles.grants(allow)) throw new TypeError(`guard allows "${String(allow)}", which no role grants`)
  const proof = stepUp === undefined ? undefined : createStepUpCheck(stepUp)

  return function checkUser (user) {
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
