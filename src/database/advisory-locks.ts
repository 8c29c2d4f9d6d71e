// Advisory locks are numbers, which all clients of a database share. All of ours are here, so that no two are the same; a test checks the
// rest of the source. Instances of two versions run side by side during a deployment: never change a number that was released.

/** Leader election: the instance that has the lock does the work of all. */
export const SESSION_CLEANUP_LEADER_LOCK = 7_283_640_251
export const AUDIT_RETENTION_LEADER_LOCK = 7_283_640_252
export const THROTTLE_RETENTION_LEADER_LOCK = 7_283_640_254
export const MAIL_RETENTION_LEADER_LOCK = 7_283_640_257
export const SECOND_FACTOR_LEADER_LOCK = 7_283_640_258

export type LeaderLock = typeof SESSION_CLEANUP_LEADER_LOCK | typeof AUDIT_RETENTION_LEADER_LOCK | typeof THROTTLE_RETENTION_LEADER_LOCK |
  typeof MAIL_RETENTION_LEADER_LOCK | typeof SECOND_FACTOR_LEADER_LOCK

/** Serializes changes of the keyring. */
export const KEYRING_LOCK = 7_283_640_253

/** Serializes changes that could remove the last admin, or create the first one. */
export const ADMINS_LOCK = 7_283_640_255

/** With a hash of the id of a proof: serializes tries of its code. */
export const CODE_TRIES_LOCK = 728_364

/** Serializes the renaming of the tables that record migrations. */
export const MIGRATION_TABLES_LOCK = 7_283_640_256
