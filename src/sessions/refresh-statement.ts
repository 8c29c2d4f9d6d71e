import { v7 as uuidv7 } from 'uuid'
import { isDemandedSql, type SecondFactorPolicy } from '../accounts/index.ts'
import type { Origin } from '../audit/index.ts'
import type { CustomClaims } from '../contract/index.ts'
import { prepare, type Queryable } from '../database/index.ts'
import { REVOKED_KEYS_SQL } from '../keys/index.ts'
import { insertNoticeSql } from '../mail/index.ts'
import { insertRevocationsSql } from '../revocations/index.ts'
import {
  accessUntilSql, authenticationSql, intervalSql, ISSUED_AT_SQL, toAuthentication, TODAY_SQL, type AuthenticationRow, type Lifetimes
} from './session-sql.ts'
import type { RefreshToken } from './refresh-token.ts'
import type { RotationOutcome } from './rotation-policy.ts'
import type { Grant } from './tokens.ts'

/** What the statement says of a refresh token. `inactive`: the session is unknown, ended or expired, or its user is disabled. */
export type RefreshStatementResult =
  | { outcome: 'inactive' }
  | { outcome: RotationOutcome } & Omit<Grant, 'sessionId'>

/**
 * Makes the one statement of a refresh; `decideRotation` is the reference model of its rule.
 *
 * @param lifetimes how long sessions and tokens live
 * @param options `tellsUser`: whether the user is told by mail when the token was reused; `secondFactor`: a session without a second factor
 *   of a user whom the setting demands one of counts as ended, however long ago the user got the role
 * @returns a function that runs it with a genuine token, and where that came from
 */
export function createRefreshStatement (
  lifetimes: Lifetimes, { tellsUser = false, secondFactor = 'optional' }: Partial<RefreshOptions> = {}
): (db: Queryable, token: RefreshToken, origin: Origin) => Promise<RefreshStatementResult> {
  const statement = prepare<Row, Parameters>(toRefreshSql(lifetimes, { tellsUser, secondFactor }))
  return async function refresh (db, { sessionId, generation }, { ip, userAgent, requestId }) {
    const { rows: [row] } = await db.executeQuery(statement({
      session_id: sessionId,
      presented: generation,
      ip,
      user_agent: userAgent,
      request_id: requestId,
      audit_id: uuidv7(),
      notice_id: tellsUser ? uuidv7() : null
    }))
    if (row === undefined || row.outcome === 'inactive') return { outcome: 'inactive' }
    const { outcome, user_id: userId, role, claims, remaining_seconds: remainingSeconds, revoked_keys: revokedKeys } = row
    const [issuedAt, authentication] = [Number(row.iat), toAuthentication(row)]
    return { outcome, generation: Number(row.generation), userId, role, claims, issuedAt, remainingSeconds, revokedKeys, ...authentication }
  }
}

interface Parameters {
  session_id: string
  presented: number
  ip: string | null
  user_agent: string | null
  request_id: string | null
  audit_id: string
  notice_id: string | null
}

interface Row extends AuthenticationRow {
  outcome: RotationOutcome | 'inactive'
  generation: string
  user_id: string
  role: string
  claims: CustomClaims
  iat: string
  remaining_seconds: number
  revoked_keys: number
}

interface RefreshOptions {
  tellsUser: boolean
  secondFactor: SecondFactorPolicy
}

/** Once for each session: it ends, and is inactive from then on. */
const TELL_USER_SQL = `, reused as (
  select user_id from next where outcome = 'reused'
), told as (
  ${insertNoticeSql('refresh_reuse', 'reused', ':notice_id')}
)`

// The statement locks only the session row, reads the clock once, and decides once, on the locked row; everything else follows from that
// decision. If it decided on an unlocked read, two concurrent requests could both rotate. A data-modifying CTE runs even if it is not read.
// access_until is never earlier: tokens from before ACCESS_TOKEN_TTL was lowered live on.
function toRefreshSql (lifetimes: Lifetimes, { tellsUser, secondFactor }: RefreshOptions): string {
  const { rotation: { windowSeconds, inFlightSeconds }, sessionIdleSeconds } = lifetimes
  return `with request as (
  select :session_id::uuid as session_id, :presented::bigint as presented, :ip::text as seen_ip, :user_agent::text as seen_user_agent,
    :request_id::text as request_id, :audit_id::uuid as audit_id
), locked as (
  select request.*, sessions.*, users.role, users.claims, users.disabled_at, users.tokens_valid_from, users.session_epoch
  from request join sessions on sessions.id = session_id join users on users.id = user_id
  for update of sessions
), timed as materialized (
  select *, clock_timestamp() as now from locked
), decided as materialized (
  select *, case
    when ended_at is not null or disabled_at is not null
      or global_epoch < (select session_epoch from global_state) or user_epoch < session_epoch
      or level < 2 and ${isDemandedSql(secondFactor)}
      or now >= least(expires_at, rotated_at + ${intervalSql(sessionIdleSeconds)}) then 'inactive'
    when presented > current_generation + 1 then 'from_future'
    when presented = current_generation + 1 then 'rotated'
    when now - rotated_at <= ${intervalSql(windowSeconds)} and presented between parent_generation and current_generation then 'replayed'
    when presented = current_generation then 'rotated'
    when presented < parent_generation and now - rotated_at <= ${intervalSql(inFlightSeconds)} then 'retry'
    when presented = parent_generation and now - rotated_at <= ${intervalSql(windowSeconds + inFlightSeconds)} then 'retry'
    when presented = parent_generation then 'recovered'
    else 'reused' end as outcome
  from timed
), next as (
  select *,
    case when outcome in ('rotated', 'recovered') then greatest(presented, current_generation) + 1
      else current_generation end as generation,
    case outcome
      when 'reused' then 'refresh_reuse'
      when 'from_future' then 'refresh_ahead'
      when 'replayed' then case
        when last_refresh_ip is distinct from seen_ip and last_refresh_user_agent is distinct from seen_user_agent then 'refresh_shared'
      end
    end as audit_type
  from decided
), rotated as (
  update sessions
  set current_generation = next.generation,
    parent_generation = case outcome when 'rotated' then presented else next.parent_generation end,
    rotated_at = now,
    access_until = greatest(sessions.access_until, ${accessUntilSql(lifetimes)}),
    last_seen_on = ${TODAY_SQL},
    last_refresh_ip = seen_ip,
    last_refresh_user_agent = seen_user_agent
  from next where sessions.id = session_id and outcome in ('rotated', 'recovered')
), ended as (
  update sessions set ended_at = now from next where sessions.id = session_id and outcome = 'reused'
  returning sessions.id, sessions.access_until
), revoked as (
  ${insertRevocationsSql('ended')}
), audited as (
  insert into audit_events (id, type, user_id, session_id, ip, user_agent, request_id)
  select audit_id, audit_type, user_id, session_id, seen_ip, seen_user_agent, request_id from next where audit_type is not null
)${tellsUser ? TELL_USER_SQL : ''}
select outcome, generation, user_id, role, claims, ${ISSUED_AT_SQL} as iat,
  ${authenticationSql('coalesce(authenticated_at, created_at)', 'level')},
  floor(extract(epoch from expires_at - now))::int as remaining_seconds, ${REVOKED_KEYS_SQL} as revoked_keys
from next`
}
