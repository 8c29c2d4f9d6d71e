export { ensureAdmin, shellQuote } from './admin.ts'
export { printBanner } from './banner.ts'
export { collectGarbageWhenIdle } from './idle-gc.ts'
export { closeOnSignals } from './signals.ts'
