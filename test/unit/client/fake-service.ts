// A service that speaks like the real one and keeps its rule of rotation, in time that passes when told to.
import { randomUUID } from 'node:crypto'
import { decideRefresh, graceOf, type Rotation } from '../../../src/sessions/rotation-policy.ts'

const GRACE = graceOf(30)
export const ACCESS_TTL_SECONDS = 300

export interface Ask {
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
  /** The new value of the cookie; empty takes it back. */
  setCookie?: string
}

interface Session extends Omit<Rotation, 'age'> {
  id: string
  userId: string
  rotatedAt: number
  isOver: boolean
}

export interface FakeService {
  handle (ask: Ask): Reply
  /** Every refresh that was asked for, and what it was answered. */
  readonly refreshes: ReadonlyArray<{ at: number, status: number, code: string | undefined }>
  endSession (id: string): void
  setRole (role: string): void
  /** Tokens issued before now are refused: the client is to refresh. */
  cut (): void
  /** Answers for the next requests of a path, in place of its own. */
  readonly fakes: Array<{ path: string, reply: Reply }>
}

/** @param nowMs the service's time */
export function createFakeService (nowMs: () => number): FakeService {
  const sessions = new Map<string, Session>()
  const refreshes: Array<{ at: number, status: number, code: string | undefined }> = []
  const fakes: Array<{ path: string, reply: Reply }> = []
  const users = new Map<string, string>()
  let role = 'user'
  let tokensFrom = 0

  function issue ({ id, userId, current }: Session, byCookie: boolean): Reply {
    const iat = Math.floor(nowMs() / 1000)
    const refreshToken = `${id}~${current}`
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

  function logIn ({ body: { email, password, delivery }, cookie }: Ask): Reply {
    if (password !== 'right') return problem(401, 'invalid_credentials')
    const replaced = delivery === 'cookie' ? sessionOf(cookie) : undefined
    if (replaced !== undefined) replaced.isOver = true
    const userId = users.get(String(email)) ?? randomUUID()
    users.set(String(email), userId)
    const session = { id: randomUUID(), userId, current: 1, parent: 0, rotatedAt: nowMs(), isOver: false }
    sessions.set(session.id, session)
    return issue(session, delivery === 'cookie')
  }

  function refresh ({ body, cookie }: Ask): Reply {
    const token = typeof body.refresh_token === 'string' ? body.refresh_token : cookie
    const byCookie = body.refresh_token === undefined && cookie !== undefined
    const no = { ...problem(401, 'invalid_refresh_token'), ...(byCookie && { setCookie: '' }) }
    const session = sessionOf(token)
    if (session === undefined || session.isOver) return no
    const age = (nowMs() - session.rotatedAt) / 1000
    const { outcome, current, parent, moved } = decideRefresh({ ...session, age }, Number(token?.split('~')[1]), GRACE)
    if (outcome === 'reused') session.isOver = true
    if (outcome === 'reused' || outcome === 'ahead') return no
    if (outcome === 'retry') return problem(503, 'refresh_retry', { 'retry-after': String(GRACE.settle) })
    Object.assign(session, { current, parent }, moved && { rotatedAt: nowMs() })
    return issue(session, byCookie)
  }

  function logOut ({ body, cookie }: Ask): Reply {
    const session = sessionOf(typeof body.refresh_token === 'string' ? body.refresh_token : cookie)
    if (session !== undefined) session.isOver = true
    return { status: 204, ...(cookie !== undefined && { setCookie: '' }) }
  }

  function guarded ({ authorization, body }: Ask): Reply {
    const claims = readToken(authorization?.replace('Bearer ', '') ?? '')
    const isGood = claims !== undefined && Number(claims.exp) * 1000 > nowMs() && Number(claims.order) >= tokensFrom && sessions.get(String(claims.sid))?.isOver === false
    return isGood ? { status: 200, body: { sub: claims.sub, sid: claims.sid, echo: body } } : problem(401, authorization === undefined ? 'missing_token' : 'invalid_token')
  }

  function sessionOf (refreshToken: string | undefined): Session | undefined {
    return sessions.get(refreshToken?.split('~')[0] ?? '')
  }

  function answer (ask: Ask): Reply {
    const fake = fakes.findIndex(({ path }) => path === ask.path)
    const [faked] = fake >= 0 ? fakes.splice(fake, 1) : []
    if (faked !== undefined) return faked.reply
    const routes: Record<string, (ask: Ask) => Reply> = { '/auth/login': logIn, '/auth/refresh': refresh, '/auth/logout': logOut }
    return (routes[ask.path] ?? guarded)(ask)
  }

  return {
    handle (ask) {
      const reply = answer(ask)
      const code = typeof reply.body === 'object' && reply.body !== null && 'code' in reply.body ? String(reply.body.code) : undefined
      if (ask.path === '/auth/refresh') refreshes.push({ at: nowMs(), status: reply.status, code })
      return reply
    },
    refreshes,
    fakes,
    endSession (id) { for (const session of sessions.values()) if (session.id === id) session.isOver = true },
    setRole (next) { role = next },
    cut () { tokensFrom = nowMs() }
  }
}

export function problem (status: number, code: string, headers: Record<string, string> = {}): Reply {
  return { status, body: { type: `/problems/${code}`, title: 'Error', status, detail: `It is ${code}.`, code }, headers }
}

/** Nobody here checks the signature. */
export function forgeToken (claims: Record<string, unknown>): string {
  return ['{"alg":"ES256"}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.')
}

function readToken (token: string): Record<string, unknown> | undefined {
  const [, payload] = token.split('.')
  return payload === undefined ? undefined : JSON.parse(Buffer.from(payload, 'base64url').toString())
}
