// An in-memory service with the real one's responses and rotation policy, on a fake clock.
import { randomUUID } from 'node:crypto'
import { decideRotation, toRotationTimings, type RotationState } from '../../../src/sessions/rotation-policy.ts'

const TIMINGS = toRotationTimings(30)
export const ACCESS_TTL_SECONDS = 300
/** The first is the default. The routes below `/reports` and `/billing` want a token for theirs, all others one for the default. */
const AUDIENCES = ['api', 'reports', 'billing']
/** Of routes that end in `/sensitive`, and of those below. */
export const MAX_AGE_SECONDS = 120
const SENSITIVE = ['/account', '/account/email', '/account/email/confirm']
/** What every mail of this service has. */
export const MAILED = { code: '12345678', token: 'token' }
const CODE_SECONDS = 600

export interface FakeRequest {
  method: string
  path: string
  body: Record<string, unknown>
  authorization: string | undefined
  cookie: string | undefined
}

export interface Reply {
  status: number
  body?: unknown
  headers?: Record<string, string>
  /** The new value of the cookie; empty removes it. */
  setCookie?: string
}

interface Session extends Omit<RotationState, 'ageSeconds'> {
  id: string
  userId: string
  authenticatedAt: number
  rotatedAt: number
  isEnded: boolean
}

export interface FakeService {
  handle (request: FakeRequest): Reply
  readonly requests: readonly FakeRequest[]
  /** Every refresh request, and its response. */
  readonly refreshes: ReadonlyArray<{ at: number, status: number, code: string | undefined, audience: unknown }>
  /** How often the refresh token of a session has been exchanged for another one. */
  countRotations (sessionId: string): number
  endSession (id: string): void
  setRole (role: string): void
  setClaims (claims: Record<string, unknown>): void
  /** Rejects every token that was issued before now: the client has to refresh. */
  advanceNotBefore (): void
  /** Responses to the next requests of a path, each used once, in place of its own. */
  readonly plannedReplies: Array<{ path: string, reply: Reply }>
}

/** @param nowMs the service's time */
export function createFakeService (nowMs: () => number): FakeService {
  const sessions = new Map<string, Session>()
  const refreshes: Array<{ at: number, status: number, code: string | undefined, audience: unknown }> = []
  const plannedReplies: Array<{ path: string, reply: Reply }> = []
  const requests: FakeRequest[] = []
  const users = new Map<string, string>()
  let role = 'user'
  let ext: Record<string, unknown> | undefined
  let notBefore = 0

  function mint ({ id, userId }: Session, aud: unknown, authenticatedAt: number): string {
    const iat = Math.floor(nowMs() / 1000)
    const times = { iat, exp: iat + ACCESS_TTL_SECONDS, auth_time: Math.floor(authenticatedAt / 1000) }
    return forgeToken({ sub: userId, sid: id, aud, role, ext, ...times, jti: randomUUID(), order: nowMs() })
  }

  function issue (session: Session, byCookie: boolean, audience: unknown = AUDIENCES[0]): Reply {
    const { id, currentGeneration, authenticatedAt } = session
    const refreshToken = `${id}~${currentGeneration}`
    return {
      status: 200,
      body: {
        access_token: mint(session, audience, authenticatedAt),
        token_type: 'Bearer',
        expires_in: ACCESS_TTL_SECONDS,
        refresh_expires_in: 86_400,
        session_id: id,
        ...(!byCookie && { refresh_token: refreshToken })
      },
      ...(byCookie && { setCookie: refreshToken })
    }
  }

  function logIn ({ body: { email, password, delivery }, cookie }: FakeRequest): Reply {
    if (password !== 'right') return problem(401, 'invalid_credentials')
    const replaced = delivery === 'cookie' ? findSession(cookie) : undefined
    if (replaced !== undefined) replaced.isEnded = true
    const userId = users.get(String(email)) ?? randomUUID()
    users.set(String(email), userId)
    const session = {
      id: randomUUID(), userId, authenticatedAt: nowMs(), currentGeneration: 1, parentGeneration: 0, rotatedAt: nowMs(), isEnded: false
    }
    sessions.set(session.id, session)
    return issue(session, delivery === 'cookie')
  }

  /** For `ada@example.com`, whatever was given. */
  function logInAnyhow ({ body, ...request }: FakeRequest): Reply {
    return logIn({ ...request, body: { ...body, email: 'ada@example.com', password: 'right' } })
  }

  function refresh ({ body, cookie }: FakeRequest): Reply {
    if (!isAudience(body.audience)) return problem(400, 'invalid_target')
    const token = typeof body.refresh_token === 'string' ? body.refresh_token : cookie
    const byCookie = body.refresh_token === undefined && cookie !== undefined
    const rejection = { ...problem(401, 'invalid_refresh_token'), ...(byCookie && { setCookie: '' }) }
    const session = findSession(token)
    if (session === undefined || session.isEnded) return rejection
    const ageSeconds = (nowMs() - session.rotatedAt) / 1000
    const presented = Number(token?.split('~')[1])
    const { outcome, currentGeneration, parentGeneration, setsRotatedAt } = decideRotation({ ...session, ageSeconds }, presented, TIMINGS)
    if (outcome === 'reused') session.isEnded = true
    if (outcome === 'reused' || outcome === 'from_future') return rejection
    if (outcome === 'retry') return problem(503, 'refresh_retry', { 'retry-after': String(TIMINGS.inFlightSeconds) })
    Object.assign(session, { currentGeneration, parentGeneration }, setsRotatedAt && { rotatedAt: nowMs() })
    return issue(session, byCookie, body.audience)
  }

  function isAudience (audience: unknown): boolean {
    return audience === undefined || AUDIENCES.some((known) => known === audience)
  }

  function stepUp ({ authorization, body: { password, audience = AUDIENCES[0] } }: FakeRequest): Reply {
    const session = authenticate(authorization, AUDIENCES[0])
    if (session === undefined) return problem(401, authorization === undefined ? 'missing_token' : 'invalid_token')
    if (!isAudience(audience)) return problem(400, 'invalid_target')
    if (password !== 'right') return problem(403, 'wrong_password')
    const body = { access_token: mint(session, audience, nowMs()), token_type: 'Bearer', expires_in: ACCESS_TTL_SECONDS, acr: 'aal1' }
    return { status: 200, body }
  }

  function logOut ({ body, cookie }: FakeRequest): Reply {
    const session = findSession(typeof body.refresh_token === 'string' ? body.refresh_token : cookie)
    if (session !== undefined) session.isEnded = true
    return { status: 204, ...(cookie !== undefined && { setCookie: '' }) }
  }

  /** @returns the session of a token that is accepted */
  function authenticate (authorization: string | undefined, audience: unknown): Session | undefined {
    const claims = readToken(authorization)
    const isFresh = Number(claims.exp) * 1000 > nowMs() && Number(claims.order) >= notBefore
    const session = sessions.get(String(claims.sid))
    return isFresh && claims.aud === audience && session?.isEnded === false ? session : undefined
  }

  function guardedRoute ({ method, path, authorization, body }: FakeRequest): Reply {
    const session = authenticate(authorization, AUDIENCES.find((audience) => path.startsWith(`/${audience}/`)) ?? AUDIENCES[0])
    if (session === undefined) return problem(401, authorization === undefined ? 'missing_token' : 'invalid_token')
    const { sub, sid, aud, auth_time: authTime } = readToken(authorization)
    const isSensitive = path.endsWith('/sensitive') || SENSITIVE.includes(path)
    if (isSensitive && nowMs() - Number(authTime) * 1000 > MAX_AGE_SECONDS * 1000) return insufficient()
    if (path === '/account/email' || path === '/account/email/verification') {
      return { status: 202, body: { handle: `handle of ${path}`, expires_in: CODE_SECONDS } }
    }
    if (path.endsWith('/confirm')) return body.code === MAILED.code ? { status: 204 } : problem(403, 'wrong_code')
    if (path === '/account' && method === 'DELETE') return deleteUser(session.userId)
    return { status: 200, body: { sub, sid, aud, auth_time: authTime, echo: body } }
  }

  function deleteUser (userId: string): Reply {
    for (const session of sessions.values()) if (session.userId === userId) session.isEnded = true
    return { status: 204 }
  }

  /** For `ada@example.com`, whatever was asked for. */
  function completeByMail ({ path, body: { token, code } }: FakeRequest): Reply {
    if (token !== MAILED.token && code !== MAILED.code) return problem(401, 'invalid_proof')
    const email = 'ada@example.com'
    if (path === '/auth/register/complete') return { status: 201, body: { id: randomUUID(), email, role, created_at: 'now' } }
    return deleteUser(users.get(email) ?? '')
  }

  function findSession (refreshToken: string | undefined): Session | undefined {
    return sessions.get(refreshToken?.split('~')[0] ?? '')
  }

  function respond (request: FakeRequest): Reply {
    const index = plannedReplies.findIndex(({ path }) => path === request.path)
    const [planned] = index >= 0 ? plannedReplies.splice(index, 1) : []
    if (planned !== undefined) return planned.reply
    const routes: Record<string, (request: FakeRequest) => Reply> = {
      '/auth/login': logIn,
      '/auth/login/second-factor': logInAnyhow,
      '/auth/passkeys/login': logInAnyhow,
      '/auth/refresh': refresh,
      '/auth/logout': logOut,
      '/auth/step-up': stepUp,
      '/auth/register': () => ({ status: 202, body: { registration: 'registration', expires_in: CODE_SECONDS } }),
      '/auth/register/complete': completeByMail,
      '/auth/password-reset': () => ({ status: 202, body: {} }),
      '/auth/password-reset/complete': completeByMail
    }
    return (routes[request.path] ?? guardedRoute)(request)
  }

  return {
    handle (request) {
      requests.push(request)
      const reply = respond(request)
      const code = typeof reply.body === 'object' && reply.body !== null && 'code' in reply.body ? String(reply.body.code) : undefined
      const { path, body: { audience } } = request
      if (path === '/auth/refresh') refreshes.push({ at: nowMs(), status: reply.status, code, audience })
      return reply
    },
    requests,
    refreshes,
    plannedReplies,
    countRotations: (sessionId) => (sessions.get(sessionId)?.currentGeneration ?? 1) - 1,
    endSession (id) { for (const session of sessions.values()) if (session.id === id) session.isEnded = true },
    setRole (next) { role = next },
    setClaims (next) { ext = next },
    advanceNotBefore () { notBefore = nowMs() }
  }
}

export function problem (status: number, code: string, headers: Record<string, string> = {}): Reply {
  return { status, body: { type: `/problems/${code}`, title: 'Error', status, detail: `It is ${code}.`, code }, headers }
}

/** The response of a route that asks for a newer proof (RFC 9470 3). */
function insufficient (): Reply {
  const challenge = `Bearer error="insufficient_user_authentication", acr_values="aal1", max_age="${MAX_AGE_SECONDS}"`
  return problem(401, 'insufficient_user_authentication', { 'www-authenticate': challenge })
}

/** An access token without a signature: nothing here verifies it. */
export function forgeToken (claims: Record<string, unknown>): string {
  return ['{"alg":"ES256"}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.')
}

/** @returns the claims of a token; none without one */
function readToken (authorization: string = ''): Record<string, unknown> {
  const [, payload] = authorization.split('.')
  return payload === undefined ? {} : JSON.parse(Buffer.from(payload, 'base64url').toString())
}
