import { v7 as uuidv7 } from 'uuid'
import { needsSecondFactorSql, SECOND_FACTORS, type SecondFactor, type SecondFactorPolicy } from '../accounts/index.ts'
import type { Origin } from '../audit/index.ts'
import type { CustomClaims } from '../contract/index.ts'
import { prepare, type Queryable } from '../database/index.ts'
import { REVOKED_KEYS_SQL } from '../keys/index.ts'
import { toProofParameters, usedSql, type ProofParameters, type SecondFactorProof } from './proof.ts'
import {
  authenticationSql, intervalSql, ISSUED_AT_SQL, PASSWORD_LEVEL, toAuthentication, untilRejectedSql, type AuthenticationRow
} from './session-sql.ts'
import type { AccessGrant } from './tokens.ts'

/** Proofs that have been verified, of a user who has a session: a password, a second factor, or both. */
interface VerifiedStepUp {
  userId: string
  sessionId: string
  /** The hash that was verified: the step-up fails if it is no longer the user's. Undefined for a passkey that has verified the user. */
  passwordHash: string | undefined
  /** Undefined for a user who needs none. */
  factor: SecondFactorProof | undefined
  origin: Origin
}

/** A token's grant, or why there is none: the session has ended; the password or the user is not as it was verified; the factor is used. */
type StepUpResult = AccessGrant | 'inactive' | 'changed' | 'used'

interface StepUpStatementOptions {
  sessionIdleSeconds: number
  lifetimeSeconds: number
  tellsUsers: boolean
  secondFactor: SecondFactorPolicy
}

/**
 * Makes the one statement of a step-up. It uses up the factor, and changes nothing else but how long the end of the session is told to
 * edges: no refresh inherits the proof, and a lost response loses nothing. A session that has ended uses up nothing.
 */
export function createStepUpStatement (options: StepUpStatementOptions): (db: Queryable, proof: VerifiedStepUp) => Promise<StepUpResult> {
  const byPassword = prepare<Row, Parameters>(toStepUpSql(options, undefined))
  const byFactor = new Map(SECOND_FACTORS.map((kind) => [kind, prepare<Row, Parameters>(toStepUpSql(options, kind))]))

  return async function stepUp (db, { userId, sessionId, passwordHash, factor, origin }) {
    const statement = factor === undefined ? byPassword : byFactor.get(factor.kind)
    const isProof = passwordHash !== undefined || isProofAlone(factor)
    if (statement === undefined || !isProof) throw new TypeError('no statement for this proof')
    const { rows: [row] } = await db.executeQuery(statement({
      user_id: userId,
      session_id: sessionId,
      password_hash: passwordHash ?? null,
      ip: origin.ip,
      user_agent: origin.userAgent,
      request_id: origin.requestId,
      audit_id: uuidv7(),
      ...toProofParameters(factor, { audit: uuidv7(), notice: uuidv7() })
    }))
    if (row === undefined) return 'changed'
    if (!row.is_active) return 'inactive'
    if (row.level === null) return 'used'
    const { role, claims, revoked_keys: revokedKeys, level } = row
    return { sessionId, userId, role, claims, issuedAt: Number(row.iat), revokedKeys, ...toAuthentication({ ...row, level }) }
  }
}

const PASSWORD_USED_SQL = `used as (select user_id, ${PASSWORD_LEVEL} as level from active)`

function isProofAlone (factor: SecondFactorProof | undefined): boolean {
  return factor?.kind === 'passkey' && factor.isUserVerified
}

type Parameters = ProofParameters & {
  user_id: string
  session_id: string
  password_hash: string | null
  ip: string | null
  user_agent: string | null
  request_id: string | null
  audit_id: string
}

interface Row extends Omit<AuthenticationRow, 'level'> {
  is_active: boolean
  role: string
  claims: CustomClaims
  iat: string
  revoked_keys: number
  /** Null where nothing was granted. */
  level: AuthenticationRow['level'] | null
}

// Users are locked before sessions, as everywhere, and the session before the factor. Of an end of the session at the same time, either
// this statement sees it, or it sees the new access_until. The level clause is that of a login.
function toStepUpSql (options: StepUpStatementOptions, kind: SecondFactor | undefined): string {
  const { sessionIdleSeconds, lifetimeSeconds, tellsUsers, secondFactor } = options
  const isPassword = kind === undefined
  const isRight = 'password_hash = :password_hash'
  const hasPassword = kind === 'passkey' ? `(:password_hash::text is null or ${isRight})` : isRight
  const levelClause = isPassword ? ` and not ${needsSecondFactorSql(secondFactor)}` : ''
  return `with account as (
  select * from users where id = :user_id and disabled_at is null and ${hasPassword}${levelClause}
  for share
), timed as materialized (
  select id as user_id, role, claims, tokens_valid_from, session_epoch, clock_timestamp() as now from account
), active as (
  select sessions.id, sessions.user_id from timed join sessions on sessions.user_id = timed.user_id
  where sessions.id = :session_id and ended_at is null
    and user_epoch = session_epoch and global_epoch = (select session_epoch from global_state)
    and now < least(expires_at, rotated_at + ${intervalSql(sessionIdleSeconds)})
  for update of sessions
), ${isPassword ? PASSWORD_USED_SQL : usedSql('active', { kind, tellsUsers })}, extended as (
  update sessions set access_until = greatest(access_until, ${untilRejectedSql(lifetimeSeconds)})
  from timed join used on used.user_id = timed.user_id
  where sessions.id = :session_id
  returning sessions.id, sessions.user_id
), audited as (
  insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent, request_id)
  select :audit_id::uuid, 'step_up', user_id, user_id, id, :ip, :user_agent, :request_id from extended
)
select exists (select from active) as is_active, role, claims, ${ISSUED_AT_SQL} as iat, ${REVOKED_KEYS_SQL} as revoked_keys,
  ${authenticationSql('now', '(select level from used)')}
from timed`
}
