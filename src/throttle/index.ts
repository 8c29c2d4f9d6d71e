export { deleteExpiredCounters } from './cleanup.ts'
export type { LoginLimits } from './policy.ts'
export { resetOnSuccessSql } from './statement.ts'
export { createThrottle, type AdmittedLogin, type CountedAttempt, type ThrottleOptions } from './throttle.ts'
