import type { FastifyRequest } from 'fastify'
import { readBearer } from './contract/index.ts'
import { createUserFactory, type CurrentUser, type AuthResult, type Verifier } from './edge/index.ts'
import type { ActiveSession, SessionCookie, SessionStore } from './sessions/index.ts'

export interface SessionVerifierOptions {
  store: SessionStore
  roles: Verifier['roles']
  /** Where sessions may come by cookie; without it, by bearer alone. */
  cookie?: SessionCookie
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * The other side of the argument: a mechanism in which each request looks its session up, so that it ends at once by itself, and
 * costs a query. Modules that are guarded with it see the same `currentUser`.
 *
 * @param options the store, the roles of the service, and the cookie, if any
 * @returns what `edge` takes for a verifier
 */
export function createSessionVerifier ({ store, roles, cookie }: SessionVerifierOptions): Verifier {
  const toUser = createSessionUserFactory(roles)

  async function authenticate (request: FastifyRequest): Promise<AuthResult> {
    const bearer = readBearer(request)
    if (bearer === 'doubled_credentials') return bearer
    const fromCookie = cookie?.read(request.raw)
    if (fromCookie !== undefined && bearer !== 'missing_token') return 'doubled_credentials'
    if (fromCookie !== undefined && !SAFE_METHODS.has(request.method)) cookie?.assertSameSite(request.raw)
    const credential = bearer === 'missing_token' ? fromCookie : bearer.token
    if (credential === undefined) return 'missing_token'
    const session = await store.find(credential)
    return session === undefined ? 'revoked' : toUser(session)
  }

  // Each look-up is of this moment.
  return { roles, authenticate, checkSession: async (user) => user }
}

/**
 * What `freshness: 'central'` asks of a token whose signature and times are good: that its session goes on, with the role it says.
 *
 * @returns what a verifier of tokens takes for `checkSession`
 */
export function createSessionCheck (store: SessionStore): (user: CurrentUser) => Promise<AuthResult> {
  return async function confirm (user) {
    const session = await store.findById(user.sessionId)
    if (session === undefined || session.userId !== user.id) return 'revoked'
    return session.role === user.role ? user : 'refresh_required'
  }
}

function createSessionUserFactory (roles: Verifier['roles']): (session: ActiveSession) => CurrentUser {
  const createUser = createUserFactory(roles)
  return ({ userId, role, sessionId, createdAt, endsAt }) => createUser({ id: userId, role, sessionId, issuedAt: toNumericDate(createdAt), expiresAt: toNumericDate(endsAt) })
}

/** NumericDate. */
function toNumericDate (date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
