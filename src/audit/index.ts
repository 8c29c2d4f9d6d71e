export { canDeleteAudit, deleteExpiredAudit, listAudit, type AuditEvent, type AuditQuery } from './audit-log.ts'
export {
  AUDIT_TYPES, recordAudit, SYSTEM_ACTOR, toAuditRow, toOrigin, type Actor, type AuditEntry, type AuditType, type Origin
} from './event.ts'
