// Reads of the second step of a login.
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { prepare, type Queryable } from '../database/index.ts'
import type { CustomClaims } from '../contract/index.ts'
import { REVOKED_KEYS_SQL } from '../keys/index.ts'
import { VALID_CHALLENGE_SQL } from './begin-session-sql.ts'
import type { Challenge } from './challenge.ts'
import { ISSUED_AT_SQL } from './session-sql.ts'

/** What a challenge says, and what a token would. */
export interface ChallengeState {
  challenge: Challenge
  role: string
  claims: CustomClaims
  /** For `Keyring.awaitRevocations`. */
  revokedKeys: number
}

interface RightPassword {
  userId: string
  /** The one that was verified. */
  passwordHash: string
  /** See `Challenge`. */
  isAccountCounted: boolean
}

/**
 * Makes the challenge of a right password.
 *
 * @returns undefined if the password has changed since it was verified, or the user is gone or disabled
 */
export async function createChallenge (
  db: Queryable, { userId, passwordHash, isAccountCounted }: RightPassword
): Promise<ChallengeState | undefined> {
  const { rows: [row] } = await sql<StateRow>`select role, claims, ${sql.raw(ISSUED_AT_SQL)} as iat, session_epoch as user_epoch,
    (select session_epoch from global_state) as global_epoch, ${sql.raw(REVOKED_KEYS_SQL)} as revoked_keys
    from users where id = ${userId} and password_hash = ${passwordHash} and disabled_at is null`.execute(db)
  if (row === undefined) return undefined
  const { role, claims, iat, user_epoch: userEpoch, global_epoch: globalEpoch, revoked_keys: revokedKeys } = row
  const challenge = { userId, sessionId: uuidv7(), issuedAt: Number(iat), userEpoch, globalEpoch, isAccountCounted }
  return { challenge, role, claims, revokedKeys }
}

interface StateRow {
  role: string
  claims: CustomClaims
  iat: string
  user_epoch: number
  global_epoch: number
  revoked_keys: number
}

/** Whose challenge it is. @returns the normalized e-mail; undefined for a challenge that is void, too old or used */
export async function findChallengedUser (db: Queryable, challenge: Challenge): Promise<string | undefined> {
  const { rows: [row] } = await db.executeQuery(FIND_CHALLENGED({
    user_id: challenge.userId,
    session_id: challenge.sessionId,
    issued_at: challenge.issuedAt,
    user_epoch: challenge.userEpoch,
    global_epoch: challenge.globalEpoch
  }))
  return row?.normalized_email
}

interface ChallengeParameters {
  user_id: string
  session_id: string
  issued_at: number
  user_epoch: number
  global_epoch: number
}

const FIND_CHALLENGED = prepare<{ normalized_email: string }, ChallengeParameters>(`select normalized_email from users
where id = :user_id and disabled_at is null and not exists (select from sessions where id = :session_id) and ${VALID_CHALLENGE_SQL}`)
