// Proofs of who a user is, after they have been verified, and the SQL that uses one up. A login and a step-up share it.
import type { SecondFactor } from '../accounts/index.ts'
import { InvalidRequestError } from '../errors.ts'
import { insertNoticeSql } from '../mail/index.ts'

/** A password that was verified against the stored hash. */
export interface PasswordProof {
  kind: 'password'
  /** The hash that was verified: the proof fails if it is no longer the user's. */
  passwordHash: string
}

/** A second factor that was verified. Whether it was used before, only the statement finds out that uses it. */
export type SecondFactorProof = TotpProof | RecoveryCodeProof | PasskeyProof

export interface TotpProof {
  kind: 'totp'
  /** The time step of the code. */
  step: number
}

export interface RecoveryCodeProof {
  kind: 'recovery_code'
  /** Of the user and the code: see `recovery_codes`. */
  digest: Buffer
}

export interface PasskeyProof {
  kind: 'passkey'
  /** UUID of the row. */
  passkeyId: string
  /** As the authenticator has signed it. */
  counter: number
  /** Whether the authenticator has verified the user, by PIN or biometrics: then the passkey alone is a proof. */
  isUserVerified: boolean
  isBackedUp: boolean
  /** Epoch milliseconds of the challenge of a step-up: it is good once. Undefined where the id of a session does that. */
  challengedAtMs?: number
}

/** What users give as a second factor, as they have typed it or as their browser has made it. */
export type GivenFactor = { totp: string } | { recoveryCode: string } | { passkey: unknown }

/** As requests give a second factor: one of them. */
interface FactorBody {
  totp?: string
  recovery_code?: string
  passkey?: object
}

/** @throws InvalidRequestError unless there is exactly one */
export function toGivenFactor ({ totp, recovery_code: recoveryCode, passkey }: FactorBody): GivenFactor {
  const [given, ...others] = [
    // As apps show it, with a space in the middle.
    ...(totp === undefined ? [] : [{ totp: totp.replace(' ', '') }]),
    ...(recoveryCode === undefined ? [] : [{ recoveryCode }]),
    ...(passkey === undefined ? [] : [{ passkey }])
  ]
  if (given !== undefined && others.length === 0) return given
  throw new InvalidRequestError({ errors: [{ path: '', message: 'must have one of: totp, recovery_code, passkey' }] })
}

/** Verifies second factors. Others provide it: `factors` and `passkeys` stand above sessions. */
export interface SecondFactorVerifier {
  /** Reads the secret of a user. @returns what finds the step of a code, without a query; undefined for a wrong code, or without TOTP */
  openTotp (userId: string): Promise<(code: string) => TotpProof | undefined>
  /** @returns undefined for a text that is no recovery code; no query */
  readRecoveryCode (userId: string, code: string): RecoveryCodeProof | undefined
  /**
   * @param passkey the JSON of a credential, as the browser has made it
   * @param userId whose passkey it has to be
   * @param expected what it has to have signed: this challenge, base64url; or one that was made for a step-up in this session
   * @returns undefined for a passkey that is not accepted
   */
  verifyPasskey (
    passkey: unknown, userId: string, expected: { challenge: string } | { sessionId: string }
  ): Promise<PasskeyProof | undefined>
  /** The options for `navigator.credentials.get` (PublicKeyCredentialRequestOptionsJSON), with the passkeys of the user. */
  toPasskeyOptions (userId: string, challenge: string): Promise<object>
}

/** The parameters of `usedSql`; null for other kinds. */
export interface ProofParameters {
  step: number | null
  digest: Buffer | null
  passkey_id: string | null
  counter: number | null
  is_user_verified: boolean | null
  is_backed_up: boolean | null
  challenged_at: number | null
  factor_audit_id: string
  factor_notice_id: string
}

export function toProofParameters (proof: SecondFactorProof | undefined, ids: { audit: string, notice: string }): ProofParameters {
  const passkey = proof?.kind === 'passkey' ? proof : undefined
  return {
    step: proof?.kind === 'totp' ? proof.step : null,
    digest: proof?.kind === 'recovery_code' ? proof.digest : null,
    passkey_id: passkey?.passkeyId ?? null,
    counter: passkey?.counter ?? null,
    is_user_verified: passkey?.isUserVerified ?? null,
    is_backed_up: passkey?.isBackedUp ?? null,
    challenged_at: passkey?.challengedAtMs ?? null,
    factor_audit_id: ids.audit,
    factor_notice_id: ids.notice
  }
}

interface UsedSqlOptions {
  kind: SecondFactor
  /** Whether users are told by mail. */
  tellsUsers: boolean
}

/**
 * CTEs that use a second factor up, chained behind a CTE of the locked user: `used` has a row, with `user_id`, if it was good. A use at the
 * same time waits for this one, and then finds it used.
 *
 * @param source a CTE with at most one row, and its column `user_id`
 */
export function usedSql (source: string, { kind, tellsUsers }: UsedSqlOptions): string {
  const use = `used as (
  ${toUse(kind, source)}
), worth_telling as (
  select user_id from used where ${WORTH_TELLING[kind]}
)`
  if (kind === 'totp') return use
  const { type, notice } = EVENTS[kind]
  const audited = `factor_audited as (
  insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent, request_id)
  select :factor_audit_id::uuid, '${type}', user_id, user_id, :session_id::uuid, :ip, :user_agent, :request_id from worth_telling
)`
  if (!tellsUsers) return `${use}, ${audited}`
  return `${use}, ${audited}, told as (
  ${insertNoticeSql(notice, 'worth_telling', ':factor_notice_id')}
)`
}

const WORTH_TELLING: Readonly<Record<SecondFactor, string>> = { totp: 'false', recovery_code: 'true', passkey: 'is_suspicious' }

const EVENTS = {
  recovery_code: { type: 'recovery_code_used', notice: 'recovery_code_used' },
  passkey: { type: 'passkey_counter', notice: 'passkey_copied' }
} as const

function toUse (kind: SecondFactor, source: string): string {
  if (kind === 'totp') {
    return `update totp set last_step = :step from ${source} as owner
  where totp.user_id = owner.user_id and confirmed_at is not null and last_step < :step::bigint
  returning totp.user_id, 2 as level`
  }
  if (kind === 'recovery_code') {
    return `delete from recovery_codes using ${source} as owner
  where recovery_codes.user_id = owner.user_id and digest = :digest::bytea
  returning recovery_codes.user_id, 2 as level`
  }
  // A counter that does not rise may be that of a copy. Many authenticators count nothing, so it is never a reason to refuse.
  return `update passkeys set counter = greatest(passkeys.counter, :counter::bigint), backed_up = :is_backed_up::boolean,
    last_used_on = (clock_timestamp() at time zone 'utc')::date,
    last_challenge = coalesce(:challenged_at::bigint, passkeys.last_challenge)
  from ${source} as owner, (select counter from passkeys where id = :passkey_id) as before
  where passkeys.id = :passkey_id and passkeys.user_id = owner.user_id
    and (:challenged_at::bigint is null or passkeys.last_challenge < :challenged_at::bigint)
  returning passkeys.user_id, case when :is_user_verified::boolean then 3 else 2 end as level,
    before.counter >= :counter::bigint and (before.counter > 0 or :counter::bigint > 0) as is_suspicious`
}
