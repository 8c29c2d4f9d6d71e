import { v7 as uuidv7 } from 'uuid'
import type { Origin } from '../audit/index.ts'
import type { CustomClaims } from '../contract/index.ts'
import { prepare, type Queryable } from '../database/index.ts'
import { REVOKED_KEYS_SQL } from '../keys/index.ts'
import { insertRevocationsSql } from '../revocations/index.ts'
import { resetOnSuccessSql, type CountedAttempt, type LoginLimits } from '../throttle/index.ts'
import {
  accessUntilSql, authenticationSql, intervalSql, ISSUED_AT_SQL, PASSWORD_LEVEL, toAuthentication, TODAY_SQL, type AuthenticationRow,
  type Lifetimes
} from './session-sql.ts'
import type { AccessGrant } from './tokens.ts'

/** A login whose password has been verified. */
interface VerifiedLogin {
  userId: string
  /** The hash that was verified: the login fails if it is no longer the user's. */
  passwordHash: string
  /** The same password hashed with the current parameters, if the stored hash has older ones. */
  rehash: string | undefined
  /** The session of the cookie that this login replaces: it ends. */
  replacedSessionId: string | undefined
  /** The attempt: its counters are reset. */
  counted: CountedAttempt
  origin: Origin
}

type BegunSession = Omit<AccessGrant, 'userId'>

interface LoginStatementOptions {
  lifetimes: Lifetimes
  /** The limits that the attempt was counted against. */
  limits: LoginLimits
  /** How many sessions a user may have: beyond it, the oldest one ends. */
  sessionsPerUser: number
}

/**
 * Makes the one statement that begins a session.
 *
 * @returns a function that runs it: the session; undefined if the password changed, or the user was disabled, since it was verified
 */
export function createLoginStatement (
  options: LoginStatementOptions
): (db: Queryable, login: VerifiedLogin) => Promise<BegunSession | undefined> {
  const matches = 'id = :user_id and password_hash = :password_hash and disabled_at is null'
  const plain = prepare<Row, Parameters>(toLoginSql(options, `select * from users where ${matches} for share`))
  const rehashing = prepare<Row, Parameters>(toLoginSql(options, `update users set password_hash = :rehash where ${matches} returning *`))
  return async function beginSession (db, { userId, passwordHash, rehash, replacedSessionId, counted, origin }) {
    const sessionId = uuidv7()
    const statement = rehash === undefined ? plain : rehashing
    const { rows: [row] } = await db.executeQuery(statement({
      user_id: userId,
      password_hash: passwordHash,
      rehash: rehash ?? null,
      session_id: sessionId,
      replaced_session_id: replacedSessionId ?? null,
      ip: origin.ip,
      user_agent: origin.userAgent,
      request_id: origin.requestId,
      login_audit_id: uuidv7(),
      ended_audit_id: uuidv7(),
      pair_key: counted.pair,
      address_key: counted.address,
      account_key: counted.account
    }))
    if (row === undefined) return undefined
    const { role, claims, revoked_keys: revokedKeys } = row
    return { sessionId, role, claims, issuedAt: Number(row.iat), revokedKeys, ...toAuthentication(row) }
  }
}

interface Parameters {
  user_id: string
  password_hash: string
  rehash: string | null
  session_id: string
  replaced_session_id: string | null
  ip: string | null
  user_agent: string | null
  request_id: string | null
  login_audit_id: string
  ended_audit_id: string
  pair_key: string
  address_key: string
  account_key: string | null
}

interface Row extends AuthenticationRow {
  role: string
  claims: CustomClaims
  iat: string
  revoked_keys: number
}

// A login ends one session above the limit. It may end several: the limit may have been lowered, or logins of the user were concurrent.
const MAX_ENDED = 10
// Ids of events are UUIDv7, which Node makes. From one of them, the statement makes an id for each session that it ends.
const NTH_ID = "overlay(:ended_audit_id::text placing lpad(to_hex(row_number() over (order by ended.id)), 4, '0') from 33)::uuid"

// The statement locks the user row and takes the role from it: a login that races a password change waits for it, and then finds another
// hash. Users are locked before sessions, as everywhere.
function toLoginSql ({ lifetimes, limits, sessionsPerUser }: LoginStatementOptions, lockUserSql: string): string {
  return `with account as (
  ${lockUserSql}
), timed as materialized (
  select id as user_id, role, claims, tokens_valid_from, session_epoch, clock_timestamp() as now from account
), begun as (
  insert into sessions (id, user_id, global_epoch, user_epoch, rotated_at, created_at, expires_at, access_until, last_seen_on,
    user_agent, ip, last_refresh_user_agent, last_refresh_ip, authenticated_at, level, methods)
  select :session_id, user_id, (select session_epoch from global_state), session_epoch, now, now,
    now + ${intervalSql(lifetimes.sessionMaxSeconds)}, ${accessUntilSql(lifetimes)}, ${TODAY_SQL}, :user_agent, :ip, :user_agent, :ip,
    now, ${PASSWORD_LEVEL}, '{password}'
  from timed
), surplus as (
  select sessions.id from timed join sessions on sessions.user_id = timed.user_id and user_epoch = session_epoch
  where global_epoch = (select session_epoch from global_state) and ended_at is null
    and sessions.id is distinct from :replaced_session_id::uuid
    and now < least(expires_at, rotated_at + ${intervalSql(lifetimes.sessionIdleSeconds)})
  order by sessions.id desc offset ${sessionsPerUser - 1} limit ${MAX_ENDED}
), ended as (
  update sessions set ended_at = now from timed, (select :replaced_session_id::uuid as id union all select id from surplus) as ending
  where sessions.id = ending.id and ended_at is null
  returning sessions.id, sessions.user_id, sessions.access_until
), revoked as (
  ${insertRevocationsSql('ended')}
), audited as (
  insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent, request_id, details)
  select :login_audit_id::uuid, 'login', user_id, user_id, :session_id::uuid, :ip, :user_agent, :request_id, '{}'::jsonb from timed
  union all
  select ${NTH_ID}, 'session_ended', ended.user_id, timed.user_id, ended.id, :ip, :user_agent, :request_id,
    case when ended.id = :replaced_session_id then '{}' else '{"reason":"too_many_sessions"}' end::jsonb from timed, ended
), ${resetOnSuccessSql(limits, 'timed')}
select role, claims, ${ISSUED_AT_SQL} as iat, ${REVOKED_KEYS_SQL} as revoked_keys, ${authenticationSql('now', PASSWORD_LEVEL)}
from timed`
}
