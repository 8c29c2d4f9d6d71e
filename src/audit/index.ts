export { AUDIT_TYPES, auditRow, recordAudit, type AuditEntry, type AuditType } from './event.ts'
export { listAudit, type AuditEvent, type AuditQuery } from './list.ts'
export { originOf, type Origin } from './origin.ts'
export { mayRemoveAudit, removeOldAudit, type RetentionOptions } from './retention.ts'
