import { v7 as uuidv7 } from 'uuid'
import type { Origin } from '../audit/index.ts'
import type { CustomClaims } from '../contract/index.ts'
import { prepare, type Queryable } from '../database/index.ts'
import type { CountedAttempt } from '../throttle/index.ts'
import { KINDS, toBeginSql, type BeginSessionOptions, type Kind } from './begin-session-sql.ts'
import type { Challenge } from './challenge.ts'
import {
  toProofParameters, type PasskeyProof, type PasswordProof, type ProofParameters, type SecondFactorProof
} from './proof.ts'
import { toAuthentication, type AuthenticationRow } from './session-sql.ts'
import type { AccessGrant } from './tokens.ts'

/** A login whose proofs have been verified. */
type VerifiedLogin = LoginContext & (ByPassword | BySecondFactor | ByPasskey)

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
type BeginResult = Omit<AccessGrant, 'userId'> | 'void' | 'used'

export type BeginSession = (db: Queryable, login: VerifiedLogin) => Promise<BeginResult>

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

function toKind (login: VerifiedLogin): Kind {
  const { proof: { kind } } = login
  if (kind === 'password') return 'rehash' in login && login.rehash !== undefined ? 'rehash' : 'password'
  return 'challenge' in login || kind !== 'passkey' ? kind : 'passkey_alone'
}

/** Another login with the same challenge has begun this session a moment ago. */
function isSessionTaken (error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'sessions_pkey'
}
