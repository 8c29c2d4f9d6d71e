// Advisory locks are numbers that a whole database shares. All of ours stand here, so that no two are the same: a test holds the rest
// of the source to it. Instances of two versions run side by side during a deployment: a number that was released stays as it is.

/** Elections: the instance that has it does the work, the others leave it at that. */
export const SESSION_CLEANUP_LEADER_LOCK = 7_283_640_251
export const AUDIT_RETENTION_LEADER_LOCK = 7_283_640_252
export const THROTTLE_RETENTION_LEADER_LOCK = 7_283_640_254

/** Changes of the keyring, one at a time. */
export const KEYRING_LOCK = 7_283_640_253

/** Changes that may leave no admin, or make the first, one at a time. */
export const ADMINS_LOCK = 7_283_640_255

/** The new names of the tables that record migrations. */
export const MIGRATION_TABLES_LOCK = 7_283_640_256
