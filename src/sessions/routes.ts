import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toOrigin } from '../audit/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import type { ThrottleOptions } from '../throttle/index.ts'
import { DoubledCredentialsError, InvalidRefreshTokenError } from '../errors.ts'
import { noStore } from '../http/index.ts'
import { deriveKeys } from '../secrets/index.ts'
import type { Keyring } from '../keys/index.ts'
import { createTokenMinter, selectAudience, type Tokens } from './tokens.ts'
import { createSessionCookie } from './cookies.ts'
import { logOut } from './end-sessions.ts'
import { createLogin } from './login.ts'
import { createLoginLimiter, createRefreshLimiter, toLoginLimit, toRefreshLimits, type LoginLimiter } from './limits.ts'
import { createRefresh, createRefreshCounters, type RefreshCounters } from './refresh.ts'
import { parseRefreshToken } from './refresh-token.ts'
import { toRotationTimings } from './rotation-policy.ts'
import { loginRoute, logoutRoute, refreshRoute, type LoginBody, type LogoutBody, type RefreshBody, type TokensBody } from './schemas.ts'
import { queryCredentialStore } from './session-store.ts'

export interface AuthenticationOptions extends ThrottleOptions {
  keyring: Keyring
  hasher: PasswordHasher
  /** Our origin, and the `iss` of tokens. */
  issuer: string
  /** The first is the default. */
  audiences: readonly string[]
  accessTtlSeconds: number
  sessionIdleSeconds: number
  sessionMaxSeconds: number
  refreshGraceSeconds: number
  /** Beyond it, the oldest session ends. */
  sessionsPerUser: number
  /** The first one signs, and each of them verifies. */
  secretKeys: readonly Buffer[]
  /** Other origins whose pages may use the cookie. */
  corsOrigins: readonly string[]
  cookieDomain: string | undefined
  /** Share it with other routes that verify passwords; if absent, logins have their own. */
  loginLimiter?: LoginLimiter
  /** Counts refreshes by their result. */
  refreshCounters?: RefreshCounters
  /** Whether users are told by mail that a refresh token was reused; default: no. */
  tellsUsers?: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The ids of tokens that were sent, for the log. */
    issued?: Pick<Tokens, 'userId' | 'sessionId' | 'tokenId'>
  }
}

type LoginRequest = FastifyRequest<{ Body: LoginBody }>
type RefreshRequest = FastifyRequest<{ Body: RefreshBody }>
type LogoutRequest = FastifyRequest<{ Body: LogoutBody }>

/** The routes of login, refresh and logout. */
export async function authentication (app: FastifyInstance, options: AuthenticationOptions): Promise<void> {
  const { database, keyring, hasher, secretKeys, issuer, audiences, refreshCounters: counters = createRefreshCounters() } = options
  const lifetimes = { ...options, rotation: toRotationTimings(options.refreshGraceSeconds) }
  const refreshTokenKeys = deriveKeys({ secretKeys, purpose: 'refresh-token', issuer })
  const cookie = createSessionCookie(options)
  const loginLimiter = options.loginLimiter ?? createLoginLimiter(toLoginLimit(options.loginRatePerMinute))
  const refreshLimiter = createRefreshLimiter(toRefreshLimits(options.loginRatePerMinute))
  const logIn = createLogin({ ...options, limiter: loginLimiter, lifetimes })
  const { tellsUsers = false } = options
  const refresh = createRefresh({ database, keyring, refreshTokenKeys, lifetimes, limiter: refreshLimiter, counters, tellsUsers })
  const mint = createTokenMinter({ ...options, refreshTokenKeys, lifetimes })

  app.decorateRequest('issued')
  // RFC 6749 5.1
  app.addHook('onRequest', noStore)
  app.post<{ Body: LoginBody }>('/auth/login', { schema: loginRoute, onRequest: rejectWhenHashQueueFull }, onLogin)
  app.post('/auth/refresh', { schema: refreshRoute }, onRefresh)
  app.post('/auth/logout', { schema: logoutRoute }, onLogout)

  /** Rejects before the body is read: in a flood of logins, the cheapest response keeps other requests fast. */
  function rejectWhenHashQueueFull ({ ip }: FastifyRequest, _reply: FastifyReply, done: () => void): void {
    hasher.assertCapacity(ip)
    done()
  }

  async function onLogin (request: LoginRequest, reply: FastifyReply): Promise<TokensBody> {
    const { email, password, delivery } = request.body
    const audience = selectAudience(audiences, request.body.audience)
    const byCookie = delivery === 'cookie'
    if (byCookie) cookie.assertUsable()
    if (byCookie) cookie.assertSameSite(request.raw)
    const replaced = byCookie ? parseRefreshToken(readCookie(request, reply) ?? '', refreshTokenKeys) : undefined
    const grant = await logIn({ email, password, replacedSessionId: replaced?.sessionId, origin: toOrigin(request) })
    return sendTokens(mint(grant, audience), byCookie, request, reply)
  }

  async function onRefresh (request: RefreshRequest, reply: FastifyReply): Promise<TokensBody> {
    const audience = selectAudience(audiences, request.body.audience)
    const { token, byCookie } = readRefreshToken(request, reply)
    try {
      const grant = await refresh(token, toOrigin(request))
      return sendTokens(mint(grant, audience), byCookie, request, reply)
    } catch (error) {
      // After a 429 or a 503 the token may still be valid, so the cookie stays.
      if (byCookie && error instanceof InvalidRefreshTokenError) reply.header('set-cookie', cookie.cleared)
      throw error
    }
  }

  async function onLogout (request: LogoutRequest, reply: FastifyReply): Promise<void> {
    const { token, byCookie } = readRefreshToken(request, reply)
    const parsed = parseRefreshToken(token ?? '', refreshTokenKeys)
    if (parsed !== undefined) await queryCredentialStore(() => logOut(database.reserved, parsed.sessionId, toOrigin(request)))
    // Not "cookies": that would delete the cookies of all hosts of the domain.
    if (byCookie) reply.headers({ 'set-cookie': cookie.cleared, 'clear-site-data': '"cache", "storage"' })
    reply.code(204)
  }

  function readRefreshToken (request: LogoutRequest, reply: FastifyReply): { token: string | undefined, byCookie: boolean } {
    const { body, raw } = request
    const fromCookie = readCookie(request, reply)
    if (fromCookie === undefined) return { token: body.refresh_token, byCookie: false }
    if (body.refresh_token !== undefined) throw new DoubledCredentialsError()
    cookie.assertSameSite(raw)
    return { token: fromCookie, byCookie: true }
  }

  /** If there are two cookies, this deletes the one that we would not set, so that the next request succeeds. */
  function readCookie ({ raw, routeOptions }: FastifyRequest, reply: FastifyReply): string | undefined {
    try {
      return cookie.read(raw)
    } catch (error) {
      reply.header('set-cookie', cookie.clearOthers(routeOptions.url ?? '/auth'))
      throw error
    }
  }

  function sendTokens (tokens: Tokens, byCookie: boolean, request: FastifyRequest, reply: FastifyReply): TokensBody {
    const { accessToken, expiresInSeconds, refreshToken, refreshExpiresInSeconds, sessionId, userId, tokenId } = tokens
    request.issued = { userId, sessionId, tokenId }
    if (byCookie) reply.header('set-cookie', cookie.format(refreshToken, refreshExpiresInSeconds))
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      ...(!byCookie && { refresh_token: refreshToken }),
      refresh_expires_in: refreshExpiresInSeconds,
      session_id: sessionId
    }
  }
}
