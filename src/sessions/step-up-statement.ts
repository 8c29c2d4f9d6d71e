import { v7 as uuidv7 } from 'uuid'
import type { Origin } from '../audit/index.ts'
import type { CustomClaims } from '../contract/index.ts'
import { prepare, type Queryable } from '../database/index.ts'
import { REVOKED_KEYS_SQL } from '../keys/index.ts'
import {
  authenticationSql, intervalSql, ISSUED_AT_SQL, PASSWORD_LEVEL, toAuthentication, untilRejectedSql, type AuthenticationRow
} from './session-sql.ts'
import type { AccessGrant } from './tokens.ts'

/** A proof that has been verified, of a user who has a session. */
interface VerifiedStepUp {
  userId: string
  sessionId: string
  /** The hash that was verified: the step-up fails if it is no longer the user's. */
  passwordHash: string
  origin: Origin
}

/**
 * Makes the one statement of a step-up. It changes nothing but how long the end of the session is told to edges: no refresh inherits the
 * proof, and a lost response loses nothing.
 *
 * @returns a function that runs it; undefined if the password has changed, or the user was disabled, since it was verified
 */
export function createStepUpStatement (
  options: { sessionIdleSeconds: number, lifetimeSeconds: number }
): (db: Queryable, proof: VerifiedStepUp) => Promise<AccessGrant | 'inactive' | undefined> {
  const statement = prepare<Row, Parameters>(toStepUpSql(options))
  return async function stepUp (db, { userId, sessionId, passwordHash, origin }) {
    const { rows: [row] } = await db.executeQuery(statement({
      user_id: userId,
      session_id: sessionId,
      password_hash: passwordHash,
      ip: origin.ip,
      user_agent: origin.userAgent,
      request_id: origin.requestId,
      audit_id: uuidv7()
    }))
    if (row === undefined) return undefined
    if (!row.is_active) return 'inactive'
    const { role, claims, revoked_keys: revokedKeys } = row
    return { sessionId, userId, role, claims, issuedAt: Number(row.iat), revokedKeys, ...toAuthentication(row) }
  }
}

interface Parameters {
  user_id: string
  session_id: string
  password_hash: string
  ip: string | null
  user_agent: string | null
  request_id: string | null
  audit_id: string
}

interface Row extends AuthenticationRow {
  is_active: boolean
  role: string
  claims: CustomClaims
  iat: string
  revoked_keys: number
}

// Users are locked before sessions, as everywhere. Of an end of the session at the same time, either this statement sees it, or it sees the
// new access_until.
function toStepUpSql ({ sessionIdleSeconds, lifetimeSeconds }: { sessionIdleSeconds: number, lifetimeSeconds: number }): string {
  return `with account as (
  select * from users where id = :user_id and password_hash = :password_hash and disabled_at is null for share
), timed as materialized (
  select id as user_id, role, claims, tokens_valid_from, session_epoch, clock_timestamp() as now from account
), extended as (
  update sessions set access_until = greatest(access_until, ${untilRejectedSql(lifetimeSeconds)})
  from timed
  where sessions.id = :session_id and sessions.user_id = timed.user_id and ended_at is null
    and user_epoch = session_epoch and global_epoch = (select session_epoch from global_state)
    and now < least(expires_at, rotated_at + ${intervalSql(sessionIdleSeconds)})
  returning sessions.id, sessions.user_id
), audited as (
  insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent, request_id)
  select :audit_id::uuid, 'step_up', user_id, user_id, id, :ip, :user_agent, :request_id from extended
)
select exists (select from extended) as is_active, role, claims, ${ISSUED_AT_SQL} as iat, ${REVOKED_KEYS_SQL} as revoked_keys,
  ${authenticationSql('now', PASSWORD_LEVEL)}
from timed`
}
