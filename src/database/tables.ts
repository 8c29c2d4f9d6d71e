import type { Generated, ColumnType } from 'kysely'
import type { Bigint, Timestamp, WithDefault } from './column-types.ts'
import type { PasskeysTable, RecoveryCodesTable, TotpTable } from './factor-tables.ts'

interface UsersTable {
  id: string
  /** As the user wrote it. */
  email: string
  /** Unique: see `normalizeEmail`. */
  normalized_email: string
  /** Null: no password logs in. */
  password_hash: string | null
  role: string
  disabled_at: Timestamp | null
  /** No token of this user with an earlier `iat` (NumericDate seconds) is valid. */
  tokens_valid_from: WithDefault<Bigint>
  /** A change is committed for which `tokens_valid_from` has yet to be advanced: see `withNotBefore`. */
  not_before_due: Generated<boolean>
  /** Every session of an earlier epoch of the user has ended. */
  session_epoch: Generated<number>
  created_at: WithDefault<Timestamp>
  /** Custom claims: see `findCustomClaimsFault`. */
  claims: WithDefault<ColumnType<Record<string, string | number | boolean>, string, string>>
  /** When somebody first proved to read the mailbox. */
  email_verified_at: Timestamp | null
  /** Since when a login needs a second factor. */
  second_factor_since: Timestamp | null
}

/** One row, for all users. */
interface GlobalStateTable {
  only_row: Generated<boolean>
  /** No token of any user with an earlier `iat` (NumericDate seconds) is valid. */
  tokens_valid_from: WithDefault<Bigint>
  not_before_due: Generated<boolean>
  /** Every session of an earlier epoch has ended: one update ends a million sessions, whatever the clocks say. */
  session_epoch: Generated<number>
}

interface SessionsTable {
  id: string
  user_id: string
  /** The `session_epoch` of `global_state` when the session began. */
  global_epoch: Generated<number>
  /** The user's `session_epoch` when the session began, or when all the user's other sessions ended. */
  user_epoch: Generated<number>
  /** Generation numbers of the refresh token: the one last handed out, and the one that was exchanged for it. */
  current_generation: WithDefault<Bigint>
  parent_generation: WithDefault<Bigint>
  rotated_at: Timestamp
  created_at: Timestamp
  /** The absolute end. */
  expires_at: Timestamp
  /** Every access token of the session has expired by this time. */
  access_until: Timestamp
  /** Only the day: a finer time would show a thief when the victim refreshes. */
  last_seen_on: ColumnType<string, string, string>
  ended_at: Timestamp | null
  /** Those of the login: what a token holder can read must not change when another holder refreshes. */
  user_agent: string | null
  ip: string | null
  /** Those of the last rotation, which no response has: they show that two clients share a token. */
  last_refresh_user_agent: string | null
  last_refresh_ip: string | null
  /** When and how the user was authenticated; no update changes it. Null: at `created_at`. */
  authenticated_at: Timestamp | null
  level: Generated<number>
  methods: Generated<string[]>
}

interface SigningKeysTable {
  kid: string
  /** What the key is for. */
  purpose: string
  algorithm: string
  public_jwk: ColumnType<Record<string, unknown>, string, string>
  /** The private JWK, encrypted: compact JWE (RFC 7516) under one of SECRET_KEYS. Null once the key will not sign again. */
  private_jwe: string | null
  /** Over kid, purpose, algorithm, public key and whether it is revoked: HMAC-SHA256 in base64url, under one of SECRET_KEYS. */
  mac: string
  /** Which of them. */
  mac_key_id: string
  created_at: WithDefault<Timestamp>
  published_at: Timestamp
  signs_from: Timestamp | null
  verifies_until: Timestamp | null
  revoked_at: Timestamp | null
}

interface RevocationsTable {
  id: WithDefault<Bigint>
  kind: 'session' | 'user' | 'everybody'
  sid: string | null
  sub: string | null
  /** NumericDate, exclusive: a token with an earlier `iat` is rejected. */
  not_before: Bigint | null
  /** The entry has no effect after this time. */
  expires_at: Timestamp
  /** The id of the transaction that inserted the row: `xid8`. */
  writer: ColumnType<string, never, never>
}

interface AuditEventsTable {
  id: string
  at: WithDefault<Timestamp>
  type: string
  /** The account that it is about. */
  user_id: string | null
  /** Who did it; null for the service, the command line and clients that are not logged in. */
  actor_id: string | null
  session_id: string | null
  ip: string | null
  user_agent: string | null
  request_id: string | null
  details: ColumnType<Record<string, unknown>, string, never>
}

/** Counters of attempts, one row each; see `throttle/policy.ts`. */
interface LoginAttemptsTable {
  /** 128 bits of a keyed hash of what is counted. */
  key: string
  /** By this time all attempts have decayed. */
  decayed_at: Timestamp
  /** No attempt is admitted before this time. */
  blocked_until: Timestamp | null
  /** Of a counter of account and address: how long the address is known to the account, from its last login. */
  known_until: Timestamp | null
}

/** The outbox: see `mail/outbox.ts`. */
interface MailsTable {
  id: string
  /** A `MailPurpose`, or one of another version of the service. */
  purpose: string
  /** As it was typed; null for a mail to the address of a user. Removed some days after the end. */
  address: string | null
  normalized_address: string | null
  /** The user that the mail is about. */
  user_id: string | null
  state: Generated<string>
  attempts: Generated<number>
  created_at: WithDefault<Timestamp>
  /** The next attempt; while one is made, when it counts as lost. */
  due_at: WithDefault<Timestamp>
  /** No attempt is made after this time. */
  expires_at: Timestamp
  /** When the state stopped to be `due`. */
  ended_at: Timestamp | null
  /** Command and code of the last failure; no text of the server, which could quote a link. */
  last_error: string | null
}

/** Proofs of a mailbox that can still be given. The id is that of the mail. */
interface MailProofsTable {
  id: string
  purpose: string
  /** Null for a registration. */
  user_id: string | null
  /** The address that is proved, as it was typed. */
  email: string
  normalized_email: string
  /** Wrong codes. */
  tries: Generated<number>
  created_at: WithDefault<Timestamp>
  /** The end of the link. */
  expires_at: Timestamp
  code_expires_at: Timestamp
}

export interface Tables {
  users: UsersTable
  global_state: GlobalStateTable
  sessions: SessionsTable
  signing_keys: SigningKeysTable
  revocations: RevocationsTable
  audit_events: AuditEventsTable
  login_attempts: LoginAttemptsTable
  mails: MailsTable
  mail_proofs: MailProofsTable
  totp: TotpTable
  recovery_codes: RecoveryCodesTable
  passkeys: PasskeysTable
}
