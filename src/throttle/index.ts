export { deleteExpiredCounters, resetOnSuccessSql } from './counters.ts'
export type { LoginLimits } from './policy.ts'
export { createSecondFactorThrottle, type CountedSecondFactor } from './second-factor-throttle.ts'
export { createThrottle, type AdmittedLogin, type CountedAttempt, type ThrottleOptions } from './throttle.ts'
