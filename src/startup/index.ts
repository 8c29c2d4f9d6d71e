export { findOrMakeAdmin, show } from './banner.ts'
export { collectGarbageOnce } from './idle-gc.ts'
