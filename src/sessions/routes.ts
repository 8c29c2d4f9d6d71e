import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toEnrolmentId } from '../accounts/index.ts'
import { toOrigin } from '../audit/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import type { ThrottleOptions } from '../throttle/index.ts'
import { DoubledCredentialsError, EnrolmentRequiredError, InvalidRefreshTokenError, SecondFactorRequiredError } from '../errors.ts'
import { noStore } from '../http/index.ts'
import type { Keyring } from '../keys/index.ts'
import { networkPrefix } from '../network-prefix.ts'
import type { Authenticator } from './authenticator.ts'
import { CHALLENGE_SECONDS, createChallenges } from './challenge.ts'
import { logOut } from './end-sessions.ts'
import { createLogin, type SecondFactorDemand } from './login.ts'
import { loginRoute, secondFactorRoute, type LoginBody, type SecondFactorBody } from './login-schemas.ts'
import {
  createLoginLimiter, createRefreshLimiter, toAddressLimit, TokenBuckets, toLoginLimit, toRefreshLimits, type LoginLimiter
} from './limits.ts'
import { toGivenFactor } from './proof.ts'
import { createRefresh, createRefreshCounters, type RefreshCounters } from './refresh.ts'
import { parseRefreshToken } from './refresh-token.ts'
import { logoutRoute, refreshRoute, type LogoutBody, type RefreshBody, type TokensBody } from './schemas.ts'
import { createSecondFactorLogin } from './second-factor-login.ts'
import { queryCredentialStore } from './session-store.ts'
import { createAccessTokenMinter, selectAudience, type Tokens } from './tokens.ts'

export interface AuthenticationOptions extends ThrottleOptions {
  keyring: Keyring
  hasher: PasswordHasher
  /** Our origin, and the `iss` of tokens. */
  issuer: string
  /** The first is the default. */
  audiences: readonly string[]
  authenticator: Authenticator
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
type SecondFactorRequest = FastifyRequest<{ Body: SecondFactorBody }>
type RefreshRequest = FastifyRequest<{ Body: RefreshBody }>
type LogoutRequest = FastifyRequest<{ Body: LogoutBody }>

/** A token to enrol a second factor lives no longer. */
const MAX_ENROLMENT_SECONDS = 300

/** The routes of login, refresh and logout. */
export async function authentication (app: FastifyInstance, options: AuthenticationOptions): Promise<void> {
  const { database, keyring, hasher, audiences, authenticator, tellsUsers = false } = options
  const { refreshCounters: counters = createRefreshCounters() } = options
  const { beginSession, check, responder, cookie, lifetimes, refreshTokenKeys, secondFactor } = authenticator
  const { sessionMaxSeconds, accessTtlSeconds } = lifetimes
  const loginLimiter = options.loginLimiter ?? createLoginLimiter(toLoginLimit(options.loginRatePerMinute))
  const refreshLimiter = createRefreshLimiter(toRefreshLimits(options.loginRatePerMinute))
  const challenges = createChallenges(options)
  const logIn = createLogin({ ...options, limiter: loginLimiter, sessionMaxSeconds, secondFactor, beginSession })
  const logInWithSecondFactor = createSecondFactorLogin({ ...options, challenges, check, beginSession, sessionMaxSeconds })
  const refreshOptions = { database, keyring, refreshTokenKeys, lifetimes, counters, tellsUsers, secondFactor }
  const refresh = createRefresh({ ...refreshOptions, limiter: refreshLimiter })
  const factorsByAddress = new TokenBuckets(toAddressLimit(options.loginRatePerMinute))
  const mintEnrolmentToken = createAccessTokenMinter(options, { isEnrolment: true })

  app.decorateRequest('issued')
  // RFC 6749 5.1
  app.addHook('onRequest', noStore)
  app.post<{ Body: LoginBody }>('/auth/login', { schema: loginRoute, onRequest: rejectWhenHashQueueFull }, onLogin)
  app.post('/auth/login/second-factor', { schema: secondFactorRoute }, onSecondFactor)
  app.post('/auth/refresh', { schema: refreshRoute }, onRefresh)
  app.post('/auth/logout', { schema: logoutRoute, config: { revokes: true } }, onLogout)

  /** Rejects before the body is read: in a flood of logins, the cheapest response keeps other requests fast. */
  function rejectWhenHashQueueFull ({ ip }: FastifyRequest, _reply: FastifyReply, done: () => void): void {
    hasher.assertCapacity(ip)
    done()
  }

  async function onLogin (request: LoginRequest, reply: FastifyReply): Promise<TokensBody> {
    const { email, password } = request.body
    const delivery = responder.readDelivery(request, reply, request.body)
    const { replacedSessionId } = delivery
    const result = await logIn({ email, password, replacedSessionId, origin: toOrigin(request) })
    if ('kind' in result) throw await toDemand(result, request)
    return responder.send(result, delivery, request, reply)
  }

  async function toDemand (demand: SecondFactorDemand, request: FastifyRequest): Promise<Error> {
    if (demand.kind === 'enrolment') return toEnrolment(demand, request)
    const { challenge: { userId } } = demand
    const challenge = challenges.format(demand.challenge)
    const methods = await check.listMethods(userId)
    const options = methods.includes('passkey') ? { passkey_options: await check.toPasskeyOptions(userId, challenge) } : {}
    return new SecondFactorRequiredError({ members: { challenge, methods, ...options, expires_in: CHALLENGE_SECONDS } })
  }

  /** For our own routes, whatever service the login was for: no other edge is to see it. */
  async function toEnrolment ({ state }: SecondFactorDemand & { kind: 'enrolment' }, request: FastifyRequest): Promise<Error> {
    const { challenge: { userId, issuedAt, ...epochs }, role, claims, revokedKeys } = state
    const sessionId = toEnrolmentId({ userId, ...epochs })
    await queryCredentialStore(() => keyring.awaitRevocations(revokedKeys))
    const expiresInSeconds = Math.min(accessTtlSeconds, MAX_ENROLMENT_SECONDS)
    const grant = { userId, sessionId, role, claims, issuedAt, revokedKeys, authenticatedAt: issuedAt, level: 1 } as const
    const { tokenId, accessToken } = mintEnrolmentToken(grant, selectAudience(audiences, undefined), expiresInSeconds)
    request.issued = { userId, sessionId, tokenId }
    return new EnrolmentRequiredError({ members: { access_token: accessToken, token_type: 'Bearer', expires_in: expiresInSeconds } })
  }

  async function onSecondFactor (request: SecondFactorRequest, reply: FastifyReply): Promise<TokensBody> {
    const given = toGivenFactor(request.body)
    // What cannot be guessed is not counted, and must cost no more than it is worth.
    if (!('totp' in given)) factorsByAddress.assertAvailable(networkPrefix(request.ip))
    const delivery = responder.readDelivery(request, reply, request.body)
    const { replacedSessionId } = delivery
    const { challenge } = request.body
    const grant = await logInWithSecondFactor({ challenge, given, replacedSessionId, origin: toOrigin(request) })
    return responder.send(grant, delivery, request, reply)
  }

  async function onRefresh (request: RefreshRequest, reply: FastifyReply): Promise<TokensBody> {
    const audience = selectAudience(audiences, request.body.audience)
    const { token, byCookie } = readRefreshToken(request, reply)
    try {
      const grant = await refresh(token, toOrigin(request))
      return responder.send(grant, { audience, byCookie }, request, reply)
    } catch (error) {
      // After a 429 or a 503 the token may still be valid, so the cookie stays.
      if (byCookie && error instanceof InvalidRefreshTokenError) reply.header('set-cookie', cookie.cleared)
      throw error
    }
  }

  async function onLogout (request: LogoutRequest, reply: FastifyReply): Promise<void> {
    const { token, byCookie } = readRefreshToken(request, reply)
    const parsed = parseRefreshToken(token ?? '', refreshTokenKeys)
    if (parsed === undefined) reply.hasRevokedNothing = true
    else await queryCredentialStore(() => logOut(database.reserved, parsed.sessionId, toOrigin(request)))
    // Not "cookies": that would delete the cookies of all hosts of the domain.
    if (byCookie) reply.headers({ 'set-cookie': cookie.cleared, 'clear-site-data': '"cache", "storage"' })
    reply.code(204)
  }

  function readRefreshToken (request: LogoutRequest, reply: FastifyReply): { token: string | undefined, byCookie: boolean } {
    const { body, raw } = request
    const fromCookie = responder.readCookie(request, reply)
    if (fromCookie === undefined) return { token: body.refresh_token, byCookie: false }
    if (body.refresh_token !== undefined) throw new DoubledCredentialsError()
    cookie.assertSameSite(raw)
    return { token: fromCookie, byCookie: true }
  }
}
