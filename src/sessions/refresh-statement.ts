import { v7 as uuidv7 } from 'uuid'
import type { Origin } from '../audit/index.ts'
import { prepare, type Queryable } from '../database/index.ts'
import { insertRevocationsSql } from '../revocations/index.ts'
import { ISSUED_AT, TODAY, accessUntil, seconds, type Lifetimes } from './lifetimes.ts'
import type { RefreshToken } from './refresh-token.ts'
import type { RefreshOutcome } from './rotation-policy.ts'

/** What the database says to a refresh token; `over` is a session that is unknown, ended, expired, or of a disabled user. */
export type Refreshed =
  | { outcome: 'over' }
  | { outcome: RefreshOutcome, generation: number, userId: string, role: string, issuedAt: number, restSeconds: number }

/**
 * Makes the one statement of a refresh, see `decideRefresh` for its rule.
 *
 * @param lifetimes the times of the rule and of tokens
 * @returns a function that runs it: what the session says to a genuine token, and where that came from
 */
export function createRefreshStatement (lifetimes: Lifetimes): (db: Queryable, token: RefreshToken, origin: Origin) => Promise<Refreshed> {
  const statement = prepare<Row>(refreshStatement(lifetimes))
  return async function refresh (db, { sessionId, generation }, { ip, userAgent, requestId }) {
    const { rows: [row] } = await db.executeQuery(statement([sessionId, generation, ip, userAgent, requestId, uuidv7()]))
    if (row === undefined || row.outcome === 'over') return { outcome: 'over' }
    const { outcome, user_id: userId, role, rest } = row
    return { outcome, generation: Number(row.generation), userId, role, issuedAt: Number(row.iat), restSeconds: rest }
  }
}

interface Row {
  outcome: RefreshOutcome | 'over'
  generation: string
  user_id: string
  role: string
  iat: string
  rest: number
}

// The session row alone is locked, then everything hangs on one decision about the locked row, made with one reading of the
// clock. Deciding on a plain read would let two racers both rotate. A data-modifying CTE runs although nobody reads it.
function refreshStatement (lifetimes: Lifetimes): string {
  const { grace, sessionIdleSeconds } = lifetimes
  return `with request as (
  select $1::uuid as session_id, $2::bigint as presented, $3::text as seen_ip, $4::text as seen_user_agent, $5::text as request_id, $6::uuid as audit_id
), locked as (
  select request.*, sessions.*, users.role, users.disabled_at, users.tokens_valid_from, users.session_epoch
  from request join sessions on sessions.id = session_id join users on users.id = user_id
  for update of sessions
), timed as materialized (
  select *, clock_timestamp() as now from locked
), decided as materialized (
  select *, case
    when ended_at is not null or disabled_at is not null or global_epoch < (select session_epoch from global_state) or user_epoch < session_epoch
      or now >= least(expires_at, rotated_at + ${seconds(sessionIdleSeconds)}) then 'over'
    when presented > current_generation + 1 then 'ahead'
    when presented = current_generation + 1 then 'rotated'
    when now - rotated_at <= ${seconds(grace.window)} and presented between parent_generation and current_generation then 'converged'
    when presented = current_generation then 'rotated'
    when presented < parent_generation and now - rotated_at <= ${seconds(grace.settle)} then 'retry'
    when presented = parent_generation and now - rotated_at <= ${seconds(grace.window + grace.settle)} then 'retry'
    when presented = parent_generation then 'recovered'
    else 'reused' end as outcome
  from timed
), next as (
  select *,
    case when outcome in ('rotated', 'recovered') then greatest(presented, current_generation) + 1 else current_generation end as generation,
    case outcome
      when 'reused' then 'refresh_reuse'
      when 'ahead' then 'refresh_ahead'
      when 'converged' then case when last_refresh_ip is distinct from seen_ip and last_refresh_user_agent is distinct from seen_user_agent then 'refresh_shared' end
    end as audit
  from decided
), moved as (
  update sessions
  set current_generation = next.generation,
    parent_generation = case outcome when 'rotated' then presented else next.parent_generation end,
    rotated_at = now,
    access_until = ${accessUntil(lifetimes)},
    last_seen_on = ${TODAY},
    last_refresh_ip = seen_ip,
    last_refresh_user_agent = seen_user_agent
  from next where sessions.id = session_id and outcome in ('rotated', 'recovered')
), ended as (
  update sessions set ended_at = now from next where sessions.id = session_id and outcome = 'reused' returning sessions.id, sessions.access_until
), revoked as (
  ${insertRevocationsSql('ended')}
), audited as (
  insert into audit_events (id, type, user_id, session_id, ip, user_agent, request_id)
  select audit_id, audit, user_id, session_id, seen_ip, seen_user_agent, request_id from next where audit is not null
)
select outcome, generation, user_id, role, ${ISSUED_AT} as iat, floor(extract(epoch from expires_at - now))::int as rest from next`
}
