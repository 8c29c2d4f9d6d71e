export { requireRefresh, insertRevocationsSql } from './publish.ts'
export { createRevocations, type Revocations } from './revocations.ts'
