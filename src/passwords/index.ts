export { argon2Build } from './argon2.ts'
export { createPasswordHasher, type PasswordHasher } from './hasher.ts'
export { findStoredCosts } from './known-costs.ts'
export { assertStrongPassword } from './policy.ts'
