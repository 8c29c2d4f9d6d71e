export { createOutbox, insertNoticeSql, type Outbox } from './outbox.ts'
