import { v7 as uuidv7 } from 'uuid'
import type { Origin } from '../audit/index.ts'
import { resetOnSuccessSql, type CountedAttempt, type LoginLimits } from '../throttle/index.ts'
import { prepare, type Queryable } from '../database/index.ts'
import { insertRevocationsSql } from '../revocations/index.ts'
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

export interface LoginStatementOptions {
  /** How long sessions and tokens live. */
  lifetimes: Lifetimes
  /** Those that the attempt was counted against. */
  limits: LoginLimits
  /** How many a user may have: the oldest one over it ends. */
  sessionsPerUser: number
}

/**
 * Makes the one statement that begins a session.
 *
 * @returns a function that runs it: the session, or undefined when the password or the user changed since it was verified
 */
export function createLoginStatement (options: LoginStatementOptions): (db: Queryable, login: VerifiedLogin) => Promise<LoggedIn | undefined> {
  const plain = prepare<Row>(loginStatement(options, 'select * from users where id = $1 and password_hash = $2 and disabled_at is null and $3::text is null for share'))
  const rehashing = prepare<Row>(loginStatement(options, 'update users set password_hash = $3 where id = $1 and password_hash = $2 and disabled_at is null returning *'))
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

// Each login ends the one that is too many, or a few where the cap was lowered or others logged in at the same moment.
const MOST_ENDED = 10
// Ids of events are made in Node, by time; here of one, as many as there are sessions that end.
const NTH_ID = "overlay($10::text placing lpad(to_hex(row_number() over (order by ended.id)), 4, '0') from 33)::uuid"

// The user row is locked, and the role taken from it: a login that races a password change waits for it and then finds
// another hash. Users come first, sessions after them: the order of locks.
function loginStatement ({ lifetimes, limits, sessionsPerUser }: LoginStatementOptions, lockUser: string): string {
  return `with account as (
  ${lockUser}
), timed as materialized (
  select id as user_id, role, tokens_valid_from, session_epoch, clock_timestamp() as now from account
), begun as (
  insert into sessions (id, user_id, global_epoch, user_epoch, rotated_at, created_at, expires_at, access_until, last_seen_on, user_agent, ip, last_refresh_user_agent, last_refresh_ip)
  select $4, user_id, (select session_epoch from global_state), session_epoch, now, now, now + ${seconds(lifetimes.sessionMaxSeconds)}, ${accessUntil(lifetimes)}, ${TODAY}, $7, $6, $7, $6 from timed
), surplus as (
  select sessions.id from timed join sessions on sessions.user_id = timed.user_id and user_epoch = session_epoch
  where global_epoch = (select session_epoch from global_state) and ended_at is null and sessions.id is distinct from $5::uuid
    and now < least(expires_at, rotated_at + ${seconds(lifetimes.sessionIdleSeconds)})
  order by sessions.id desc offset ${sessionsPerUser - 1} limit ${MOST_ENDED}
), ended as (
  update sessions set ended_at = now from timed, (select $5::uuid as id union all select id from surplus) as ending
  where sessions.id = ending.id and ended_at is null
  returning sessions.id, sessions.user_id, sessions.access_until
), revoked as (
  ${insertRevocationsSql('ended')}
), audited as (
  insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent, request_id, details)
  select $9::uuid, 'login', user_id, user_id, $4::uuid, $6, $7, $8, '{}'::jsonb from timed
  union all
  select ${NTH_ID}, 'session_ended', ended.user_id, timed.user_id, ended.id, $6, $7, $8,
    case when ended.id = $5 then '{}' else '{"reason":"too_many_sessions"}' end::jsonb from timed, ended
), ${resetOnSuccessSql(limits, { pair: '$11', address: '$12', account: '$13' }, 'timed')}
select role, ${ISSUED_AT} as iat from timed`
}
