export {
  ADMINS_LOCK, AUDIT_RETENTION_LEADER_LOCK, KEYRING_LOCK, SESSION_CLEANUP_LEADER_LOCK, THROTTLE_RETENTION_LEADER_LOCK
} from './advisory-locks.ts'
export { deleteInBatches, type Batch } from './batches.ts'
export { createDatabase } from './create.ts'
export { transact, type Database, type DatabaseLog, type Listening, type Queryable } from './database.ts'
export { findSqlState, isConflict, isDatabaseUnavailable, isInvalidText } from './failures.ts'
export { migrateDown, migrateUp, pendingMigrations } from './migrate.ts'
export { prepare } from './prepared.ts'
export { DataDirInUseError } from './private-directory.ts'
export { epochMs, isoDaySql, toDate } from './times.ts'
export type { Tables } from './tables.ts'
