// The one statement that begins sessions, for each kind of proof: nothing else inserts into `sessions`. A test looks for others.
import { needsSecondFactorSql, type SecondFactorPolicy } from '../accounts/index.ts'
import { REVOKED_KEYS_SQL } from '../keys/index.ts'
import { insertRevocationsSql } from '../revocations/index.ts'
import { resetOnSuccessSql, type LoginLimits } from '../throttle/index.ts'
import { CHALLENGE_SECONDS } from './challenge.ts'
import { usedSql } from './proof.ts'
import {
  accessUntilSql, authenticationSql, intervalSql, ISSUED_AT_SQL, PASSWORD_LEVEL, TODAY_SQL, type Lifetimes
} from './session-sql.ts'

export interface BeginSessionOptions {
  lifetimes: Lifetimes
  /** The limits that the attempt was counted against. */
  limits: LoginLimits
  /** How many sessions a user may have: beyond it, the oldest one ends. */
  sessionsPerUser: number
  secondFactor: SecondFactorPolicy
  /** Whether users are told by mail. */
  tellsUsers: boolean
}

/** Each has a statement of its own. */
export const KINDS = ['password', 'rehash', 'totp', 'recovery_code', 'passkey', 'passkey_alone'] as const

export type Kind = typeof KINDS[number]

// A login ends one session above the limit. It may end several: the limit may have been lowered, or logins of the user were concurrent.
const MAX_ENDED = 10
// Ids of events are UUIDv7, which Node makes. From one of them, the statement makes an id for each session that it ends.
const NTH_ID = "overlay(:ended_audit_id::text placing lpad(to_hex(row_number() over (order by ended.id)), 4, '0') from 33)::uuid"

// The statement locks the user row and takes the role from it: a login that races a password change or an enrolment waits for it, and then
// finds another hash, or a second factor. Users are locked before sessions, as everywhere.
export function toBeginSql (options: BeginSessionOptions, kind: Kind): string {
  const { lifetimes, limits, sessionsPerUser, tellsUsers } = options
  const isPassword = kind === 'password' || kind === 'rehash'
  const used = isPassword ? '' : `${usedSql('account', { kind: kind === 'passkey_alone' ? 'passkey' : kind, tellsUsers })}, `
  return `with account as (
  ${lockUserSql(options, kind)}
), ${used}timed as materialized (
  select account.*, clock_timestamp() as now, ${isPassword ? PASSWORD_LEVEL : 'used.level'} as level
  from account${isPassword ? '' : ' join used on used.user_id = account.user_id'}
), begun as (
  insert into sessions (id, user_id, global_epoch, user_epoch, rotated_at, created_at, expires_at, access_until, last_seen_on,
    user_agent, ip, last_refresh_user_agent, last_refresh_ip, authenticated_at, level, methods)
  select :session_id, user_id, (select session_epoch from global_state), session_epoch, now, now,
    now + ${intervalSql(lifetimes.sessionMaxSeconds)}, ${accessUntilSql(lifetimes)}, ${TODAY_SQL}, :user_agent, :ip, :user_agent, :ip,
    now, level, '${METHODS[kind]}'
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
  select :login_audit_id::uuid, 'login', user_id, user_id, :session_id::uuid, :ip, :user_agent, :request_id, '${toDetails(kind)}'::jsonb
  from timed
  union all
  select ${NTH_ID}, 'session_ended', ended.user_id, timed.user_id, ended.id, :ip, :user_agent, :request_id,
    case when ended.id = :replaced_session_id then '{}' else '{"reason":"too_many_sessions"}' end::jsonb from timed, ended
)${kind === 'passkey_alone' ? '' : `, ${resetOnSuccessSql(limits, 'timed')}`}
select role, claims, ${ISSUED_AT_SQL} as iat, ${REVOKED_KEYS_SQL} as revoked_keys, ${authenticationSql('now', 'level')}
from (select from account) as found left join timed on true`
}

// A password begins nothing for a user who needs more. A challenge is void once anything has ended the sessions of its user, and one that
// has begun its session is seen here, unless that was a moment ago.
function lockUserSql ({ secondFactor }: BeginSessionOptions, kind: Kind): string {
  const columns = 'id as user_id, role, claims, tokens_valid_from, session_epoch'
  const matches = `id = :user_id and password_hash = :password_hash and disabled_at is null and not ${needsSecondFactorSql(secondFactor)}`
  if (kind === 'password') return `select ${columns} from users where ${matches} for share`
  if (kind === 'rehash') return `update users set password_hash = :rehash where ${matches} returning ${columns}`
  const isUnused = 'not exists (select from sessions where id = :session_id)'
  const challenged = kind === 'passkey_alone' ? '' : ` and ${VALID_CHALLENGE_SQL}`
  return `select ${columns} from users where id = :user_id and disabled_at is null and ${isUnused}${challenged} for share`
}

/** Of a challenge in the parameters, on a row of `users`. */
export const VALID_CHALLENGE_SQL = `session_epoch = :user_epoch and :issued_at::bigint >= tokens_valid_from
  and statement_timestamp() < to_timestamp(:issued_at::bigint + ${CHALLENGE_SECONDS})
  and exists (select from global_state where session_epoch = :global_epoch and :issued_at::bigint >= tokens_valid_from)`

/** The column `methods` of the session. */
const METHODS: Readonly<Record<Kind, string>> = {
  password: '{password}',
  rehash: '{password}',
  totp: '{password,totp}',
  recovery_code: '{password,recovery_code}',
  passkey: '{password,passkey}',
  passkey_alone: '{passkey}'
}

function toDetails (kind: Kind): string {
  return METHODS[kind] === METHODS.password ? '{}' : JSON.stringify({ methods: METHODS[kind].slice(1, -1).split(',') })
}
