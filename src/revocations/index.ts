export { requireRefresh, revocationOf } from './publish.ts'
export { createRevocations, type Revocations } from './revocations.ts'
