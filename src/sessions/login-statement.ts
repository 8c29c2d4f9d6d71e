import { v7 as uuidv7 } from 'uuid'
import { type Origin } from '../audit/index.ts'
import { forgivingOf, type CountedAttempt, type LoginLimits } from '../credentials/index.ts'
import { prepare, type Queryable } from '../database/index.ts'
import { revocationOf } from '../revocations/index.ts'
import { ISSUED_AT, TODAY, accessUntil, seconds, type Lifetimes } from './lifetimes.ts'

/** What a login asks of the database once the password has been verified. */
export interface VerifiedLogin {
  userId: string
  /** The hash that was verified: the login counts only as long as it stands. */
  passwordHash: string
  /** The same password under today's parameters, when the old hash is behind them. */
  rehash: string | undefined
  /** The session whose cookie this login replaces: it ends. */
  replacedSessionId: string | undefined
  /** The attempt: it is forgiven. */
  counted: CountedAttempt
  origin: Origin
}

/** A session as it begins. */
export interface LoggedIn {
  sessionId: string
  role: string
  /** NumericDate seconds */
  issuedAt: number
}

/**
 * Makes the one statement that begins a session.
 *
 * @param lifetimes how long sessions and tokens live
 * @param limits those that the attempt was counted against
 * @returns a function that runs it: the session, or undefined when the password or the user changed since it was verified
 */
export function createLoginStatement (lifetimes: Lifetimes, limits: LoginLimits): (db: Queryable, login: VerifiedLogin) => Promise<LoggedIn | undefined> {
  const plain = prepare<Row>(loginStatement(lifetimes, limits, 'select * from users where id = $1 and password_hash = $2 and disabled_at is null and $3::text is null for share'))
  const rehashing = prepare<Row>(loginStatement(lifetimes, limits, 'update users set password_hash = $3 where id = $1 and password_hash = $2 and disabled_at is null returning *'))
  return async function begin (db, { userId, passwordHash, rehash, replacedSessionId, counted, origin: { ip, userAgent, requestId } }) {
    const sessionId = uuidv7()
    const parameters = [userId, passwordHash, rehash ?? null, sessionId, replacedSessionId ?? null, ip, userAgent, requestId, uuidv7(), uuidv7(), counted.pair, counted.address, counted.account]
    const { rows: [row] } = await db.executeQuery((rehash === undefined ? plain : rehashing)(parameters))
    return row && { sessionId, role: row.role, issuedAt: Number(row.iat) }
  }
}

interface Row {
  role: string
  iat: string
}

// The user row is locked, and the role taken from it: a login that races a password change waits for it and then finds
// another hash. Users come first, sessions after them: the order of locks.
function loginStatement (lifetimes: Lifetimes, limits: LoginLimits, lockUser: string): string {
  return `with account as (
  ${lockUser}
), timed as materialized (
  select id as user_id, role, tokens_from, clock_timestamp() as now from account
), begun as (
  insert into sessions (id, user_id, era, rotated_at, created_at, expires_at, access_until, last_seen_on, user_agent, ip, moved_user_agent, moved_ip)
  select $4, user_id, (select era from everybody), now, now, now + ${seconds(lifetimes.sessionMaxSeconds)}, ${accessUntil(lifetimes)}, ${TODAY}, $7, $6, $7, $6 from timed
), replaced as (
  update sessions set ended_at = now from timed where sessions.id = $5 and ended_at is null returning sessions.id, sessions.user_id, sessions.access_until
), revoked as (
  ${revocationOf('replaced')}
), audited as (
  insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent, request_id)
  select $9::uuid, 'login', user_id, user_id, $4::uuid, $6, $7, $8 from timed
  union all
  select $10::uuid, 'session_ended', replaced.user_id, timed.user_id, replaced.id, $6, $7, $8 from timed, replaced
), ${forgivingOf(limits, { pair: '$11', address: '$12', account: '$13' }, 'timed')}
select role, ${ISSUED_AT} as iat from timed`
}
