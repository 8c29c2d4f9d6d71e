export { deleteExpiredCounters, resetOnSuccessSql } from './counters.ts'
export type { LoginLimits } from './policy.ts'
export { createThrottle, type AdmittedLogin, type CountedAttempt, type CountedSecondFactor, type ThrottleOptions } from './throttle.ts'
