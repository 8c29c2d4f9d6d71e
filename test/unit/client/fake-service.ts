// An in-memory service with the real one's responses and rotation policy, on a fake clock.
import { randomUUID } from 'node:crypto'
import { decideRotation, toRotationTimings, type RotationState } from '../../../src/sessions/rotation-policy.ts'

const TIMINGS = toRotationTimings(30)
export const ACCESS_TTL_SECONDS = 300

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
  rotatedAt: number
  isEnded: boolean
}

export interface FakeService {
  handle (request: FakeRequest): Reply
  /** Every refresh request, and its response. */
  readonly refreshes: ReadonlyArray<{ at: number, status: number, code: string | undefined }>
  endSession (id: string): void
  setRole (role: string): void
  /** Rejects every token that was issued before now: the client has to refresh. */
  advanceNotBefore (): void
  /** Responses to the next requests of a path, each used once, in place of its own. */
  readonly plannedReplies: Array<{ path: string, reply: Reply }>
}

/** @param nowMs the service's time */
export function createFakeService (nowMs: () => number): FakeService {
  const sessions = new Map<string, Session>()
  const refreshes: Array<{ at: number, status: number, code: string | undefined }> = []
  const plannedReplies: Array<{ path: string, reply: Reply }> = []
  const users = new Map<string, string>()
  let role = 'user'
  let notBefore = 0

  function issue ({ id, userId, currentGeneration }: Session, byCookie: boolean): Reply {
    const iat = Math.floor(nowMs() / 1000)
    const refreshToken = `${id}~${currentGeneration}`
    return {
      status: 200,
      body: {
        access_token: forgeToken({ sub: userId, sid: id, role, iat, exp: iat + ACCESS_TTL_SECONDS, jti: randomUUID(), order: nowMs() }),
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
    const session = { id: randomUUID(), userId, currentGeneration: 1, parentGeneration: 0, rotatedAt: nowMs(), isEnded: false }
    sessions.set(session.id, session)
    return issue(session, delivery === 'cookie')
  }

  function refresh ({ body, cookie }: FakeRequest): Reply {
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
    if (outcome === 'retry') return problem(503, 'refresh_retry', { 'retry-after': String(TIMINGS.settleSeconds) })
    Object.assign(session, { currentGeneration, parentGeneration }, setsRotatedAt && { rotatedAt: nowMs() })
    return issue(session, byCookie)
  }

  function logOut ({ body, cookie }: FakeRequest): Reply {
    const session = findSession(typeof body.refresh_token === 'string' ? body.refresh_token : cookie)
    if (session !== undefined) session.isEnded = true
    return { status: 204, ...(cookie !== undefined && { setCookie: '' }) }
  }

  function guardedRoute ({ authorization, body }: FakeRequest): Reply {
    const claims = readToken(authorization?.replace('Bearer ', '') ?? '')
    const isFresh = claims !== undefined && Number(claims.exp) * 1000 > nowMs() && Number(claims.order) >= notBefore
    if (isFresh && sessions.get(String(claims.sid))?.isEnded === false) {
      return {
        status: 200, body: { sub: claims.sub, sid: claims.sid, echo: body }
      }
    }
    return problem(401, authorization === undefined ? 'missing_token' : 'invalid_token')
  }

  function findSession (refreshToken: string | undefined): Session | undefined {
    return sessions.get(refreshToken?.split('~')[0] ?? '')
  }

  function respond (request: FakeRequest): Reply {
    const index = plannedReplies.findIndex(({ path }) => path === request.path)
    const [planned] = index >= 0 ? plannedReplies.splice(index, 1) : []
    if (planned !== undefined) return planned.reply
    const routes: Record<string, (request: FakeRequest) => Reply> = {
      '/auth/login': logIn, '/auth/refresh': refresh, '/auth/logout': logOut
    }
    return (routes[request.path] ?? guardedRoute)(request)
  }

  return {
    handle (request) {
      const reply = respond(request)
      const code = typeof reply.body === 'object' && reply.body !== null && 'code' in reply.body ? String(reply.body.code) : undefined
      if (request.path === '/auth/refresh') refreshes.push({ at: nowMs(), status: reply.status, code })
      return reply
    },
    refreshes,
    plannedReplies,
    endSession (id) { for (const session of sessions.values()) if (session.id === id) session.isEnded = true },
    setRole (next) { role = next },
    advanceNotBefore () { notBefore = nowMs() }
  }
}

export function problem (status: number, code: string, headers: Record<string, string> = {}): Reply {
  return { status, body: { type: `/problems/${code}`, title: 'Error', status, detail: `It is ${code}.`, code }, headers }
}

/** An access token without a signature: nothing here verifies it. */
export function forgeToken (claims: Record<string, unknown>): string {
  return ['{"alg":"ES256"}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.')
}

function readToken (token: string): Record<string, unknown> | undefined {
  const [, payload] = token.split('.')
  return payload === undefined ? undefined : JSON.parse(Buffer.from(payload, 'base64url').toString())
}
