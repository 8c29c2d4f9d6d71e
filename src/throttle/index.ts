export { removeSpentAttempts } from './cleanup.ts'
export type { LoginLimits } from './policy.ts'
export { forgivingOf } from './statement.ts'
export { type CountedAttempt, createThrottle, type Throttle, type ThrottleOptions } from './throttle.ts'
