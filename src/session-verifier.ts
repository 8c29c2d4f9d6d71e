import type { FastifyRequest } from 'fastify'
import { areSameClaims, readBearer } from './contract/index.ts'
import { createUserFactory, type AuthResult, type CheckSession, type CurrentUser, type Verifier } from './edge/index.ts'
import type { ActiveSession, SessionCookie, SessionStore } from './sessions/index.ts'

export interface SessionVerifierOptions {
  store: SessionStore
  roles: Verifier['roles']
  /** Where a session may also be sent as a cookie; without it, only as a bearer credential. */
  cookie?: SessionCookie
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Creates a verifier that looks the session up in the session store on each request: a session that ends is rejected at once, and each
 * request costs a query. Modules guarded with it see the same `currentUser`.
 *
 * @returns a verifier for the `edge` plugin
 */
export function createSessionVerifier ({ store, roles, cookie }: SessionVerifierOptions): Verifier {
  const toUser = createSessionUserFactory(roles)
  // Every request is checked against the store already.
  return { roles, authenticate, checkSession: async (user) => user }

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
}

/**
 * Creates the check for `freshness: 'central'`: the session of a valid token must be active, and its user must still have the role
 * and the claims of the token.
 *
 * @returns `checkSession` for a token verifier
 */
export function createSessionCheck (store: SessionStore): CheckSession {
  return async function checkSession (user) {
    const session = await store.findById(user.sessionId)
    if (session === undefined || session.userId !== user.id) return 'revoked'
    return session.role === user.role && areSameClaims(session.claims, user.claims) ? user : 'refresh_required'
  }
}

function createSessionUserFactory (roles: Verifier['roles']): (session: ActiveSession) => CurrentUser {
  const createUser = createUserFactory(roles)
  return ({ userId: id, createdAt, endsAt, ...session }) => {
    return createUser({ ...session, id, issuedAt: toNumericDate(createdAt), expiresAt: toNumericDate(endsAt) })
  }
}

function toNumericDate (date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
