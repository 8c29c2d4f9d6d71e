export { insertRevocationsSql, requireRefresh } from './publish.ts'
export { createRevocations, type Revocations } from './revocations.ts'
