export { insertRevocationsSql, publishNotBefore } from './publish.ts'
export { createRevocations, type Revocations } from './revocations.ts'
