export { ensureAdmin } from './admin.ts'
export { printBanner } from './banner.ts'
export { collectGarbageWhenIdle } from './idle-gc.ts'
