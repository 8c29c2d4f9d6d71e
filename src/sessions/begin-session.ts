// The one statement that begins sessions: nothing else inserts into `sessions`, and its argument is a proof. A test walks the imports.
import { v7 as uuidv7 } from 'uuid'
import { needsSecondFactorSql, type SecondFactorPolicy } from '../accounts/index.ts'
import type { Origin } from '../audit/index.ts'
import type { CustomClaims } from '../contract/index.ts'
import { prepare, type Queryable } from '../database/index.ts'
import { REVOKED_KEYS_SQL } from '../keys/index.ts'
import { insertRevocationsSql } from '../revocations/index.ts'
import { resetOnSuccessSql, type CountedAttempt, type LoginLimits } from '../throttle/index.ts'
import { CHALLENGE_SECONDS, type Challenge } from './challenge.ts'
import {
  toProofParameters, usedSql, type PasskeyProof, type PasswordProof, type ProofParameters, type SecondFactorProof
} from './proof.ts'
import {
  accessUntilSql, authenticationSql, intervalSql, ISSUED_AT_SQL, PASSWORD_LEVEL, toAuthentication, TODAY_SQL, type AuthenticationRow,
  type Lifetimes
} from './session-sql.ts'
import type { AccessGrant } from './tokens.ts'

/** A login whose proofs have been verified. */
export type VerifiedLogin = LoginContext & (ByPassword | BySecondFactor | ByPasskey)

interface LoginContext {
  userId: string
  /** The session of the cookie that this login replaces: it ends. */
  replacedSessionId: string | undefined
  origin: Origin
}

/** It begins nothing where the user needs a second factor: a login at the same time as an enrolment. */
interface ByPassword {
  proof: PasswordProof
  /** The same password hashed with the current parameters, if the stored hash has older ones. */
  rehash: string | undefined
  /** The attempt: its counters are reset. */
  counted: CountedAttempt
}

interface BySecondFactor {
  proof: SecondFactorProof
  /** Of the right password. */
  challenge: Challenge
  counted: CountedAttempt
}

/** A passkey alone, which has verified the user. */
interface ByPasskey {
  proof: PasskeyProof & { isUserVerified: true }
  /** As its challenge named it. */
  sessionId: string
}

/** A session, or why none began: the password, the challenge or the user is not as it was verified; the second factor is used. */
export type BeginResult = Omit<AccessGrant, 'userId'> | 'void' | 'used'

export type BeginSession = (db: Queryable, login: VerifiedLogin) => Promise<BeginResult>

interface BeginSessionOptions {
  lifetimes: Lifetimes
  /** The limits that the attempt was counted against. */
  limits: LoginLimits
  /** How many sessions a user may have: beyond it, the oldest one ends. */
  sessionsPerUser: number
  secondFactor: SecondFactorPolicy
  /** Whether users are told by mail. */
  tellsUsers: boolean
}

/**
 * Makes the one statement that begins a session, and uses up what it begins with. A login that fails uses nothing up: of two with one
 * challenge, the second violates the primary key of `sessions`, and is undone.
 */
export function createBeginSession (options: BeginSessionOptions): BeginSession {
  const statements = new Map(KINDS.map((kind) => [kind, prepare<Row, Parameters>(toBeginSql(options, kind))]))

  return async function beginSession (db, login) {
    const { userId, replacedSessionId, origin } = login
    const challenge = 'challenge' in login ? login.challenge : undefined
    const sessionId = challenge?.sessionId ?? ('sessionId' in login ? login.sessionId : uuidv7())
    const counted = 'counted' in login ? login.counted : undefined
    const statement = statements.get(toKind(login))
    if (statement === undefined) throw new TypeError('no statement for this proof')
    const query = statement({
      user_id: userId,
      password_hash: login.proof.kind === 'password' ? login.proof.passwordHash : null,
      rehash: 'rehash' in login ? login.rehash ?? null : null,
      session_id: sessionId,
      replaced_session_id: replacedSessionId ?? null,
      issued_at: challenge?.issuedAt ?? null,
      global_epoch: challenge?.globalEpoch ?? null,
      user_epoch: challenge?.userEpoch ?? null,
      ip: origin.ip,
      user_agent: origin.userAgent,
      request_id: origin.requestId,
      login_audit_id: uuidv7(),
      ended_audit_id: uuidv7(),
      pair_key: counted?.pair ?? null,
      address_key: counted?.address ?? null,
      account_key: counted?.account ?? null,
      ...toProofParameters(login.proof.kind === 'password' ? undefined : login.proof, { audit: uuidv7(), notice: uuidv7() })
    })
    const { rows: [row] } = await db.executeQuery(query).catch((error: unknown) => {
      if (isSessionTaken(error)) return { rows: [] }
      throw error
    })
    if (row === undefined) return 'void'
    if (row.role === null) return 'used'
    const { role, claims, revoked_keys: revokedKeys } = row
    return { sessionId, role, claims, issuedAt: Number(row.iat), revokedKeys, ...toAuthentication(row) }
  }
}

type Parameters = ProofParameters & {
  user_id: string
  password_hash: string | null
  rehash: string | null
  session_id: string
  replaced_session_id: string | null
  issued_at: number | null
  global_epoch: number | null
  user_epoch: number | null
  ip: string | null
  user_agent: string | null
  request_id: string | null
  login_audit_id: string
  ended_audit_id: string
  pair_key: string | null
  address_key: string | null
  account_key: string | null
}

interface Row extends AuthenticationRow {
  /** Null: the second factor is used. */
  role: string | null
  claims: CustomClaims
  iat: string
  revoked_keys: number
}

/** Each has a statement of its own. */
const KINDS = ['password', 'rehash', 'totp', 'recovery_code', 'passkey', 'passkey_alone'] as const

type Kind = typeof KINDS[number]

function toKind (login: VerifiedLogin): Kind {
  const { proof: { kind } } = login
  if (kind === 'password') return 'rehash' in login && login.rehash !== undefined ? 'rehash' : 'password'
  return 'challenge' in login || kind !== 'passkey' ? kind : 'passkey_alone'
}

/** Another login with the same challenge has begun this session a moment ago. */
function isSessionTaken (error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'sessions_pkey'
}

// A login ends one session above the limit. It may end several: the limit may have been lowered, or logins of the user were concurrent.
const MAX_ENDED = 10
// Ids of events are UUIDv7, which Node makes. From one of them, the statement makes an id for each session that it ends.
const NTH_ID = "overlay(:ended_audit_id::text placing lpad(to_hex(row_number() over (order by ended.id)), 4, '0') from 33)::uuid"

// The statement locks the user row and takes the role from it: a login that races a password change or an enrolment waits for it, and then
// finds another hash, or a second factor. Users are locked before sessions, as everywhere.
function toBeginSql (options: BeginSessionOptions, kind: Kind): string {
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
