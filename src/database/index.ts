export {
  ADMINS_LOCK, AUDIT_RETENTION_LEADER_LOCK, CODE_TRIES_LOCK, KEYRING_LOCK, MAIL_RETENTION_LEADER_LOCK, SECOND_FACTOR_LEADER_LOCK,
  SESSION_CLEANUP_LEADER_LOCK, THROTTLE_RETENTION_LEADER_LOCK
} from './advisory-locks.ts'
export { createDatabase } from './create.ts'
export { DataDirInUseError } from './data-directory.ts'
export {
  deleteInBatches, transact, type Batch, type BatchControl, type Database, type DatabaseLog, type Listening, type Queryable
} from './database.ts'
export {
  findRefusedParameter, findSqlState, isConflict, isDatabaseUnavailable, isInvalidText, isStatementPooling
} from './failures.ts'
export { migrateDown, migrateUp, pendingMigrations, type ModuleMigrations } from './migrate.ts'
export { epochMs, isoDaySql, prepare, toDate } from './sql.ts'
export type { Tables } from './tables.ts'
