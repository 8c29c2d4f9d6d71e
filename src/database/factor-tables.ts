// Rows of second factors.
import type { ColumnType, Generated } from 'kysely'
import type { Bigint, Timestamp, WithDefault } from './column-types.ts'

/** The TOTP secret of a user: see `factors`. */
export interface TotpTable {
  user_id: string
  /** The secret that logs in, encrypted. Null until one is confirmed. */
  secret_jwe: string | null
  /** Under which of SECRET_KEYS. */
  key_id: string | null
  /** The time step of the last code that was used. */
  last_step: WithDefault<Bigint>
  confirmed_at: Timestamp | null
  /** One that is not yet confirmed. */
  pending_jwe: string | null
  pending_key_id: string | null
  pending_at: Timestamp | null
}

/** Recovery codes that can still be used. */
export interface RecoveryCodesTable {
  user_id: string
  /** SHA-256 */
  digest: Buffer
}

/** WebAuthn credentials: see `passkeys`. */
export interface PasskeysTable {
  id: string
  user_id: string
  credential_id: Buffer
  /** COSE */
  public_key: Buffer
  rp_id: string
  /** For its user. */
  name: string
  /** Of the authenticator; many count nothing. */
  counter: WithDefault<Bigint>
  transports: Generated<string[]>
  /** Whether it is synchronized to other devices. */
  backed_up: Generated<boolean>
  /** Epoch milliseconds: a step-up needs a later challenge. */
  last_challenge: WithDefault<Bigint>
  created_at: WithDefault<Timestamp>
  last_used_on: ColumnType<string | null, string | null, string | null>
}
