export { argon2Build } from './argon2.ts'
export { createPasswordHasher, type PasswordHasher } from './hasher.ts'
export { findStoredCosts } from './known-costs.ts'
export { assertStrongPassword, MAX_PASSWORD_LENGTH, MAX_TYPED_PASSWORD_LENGTH, PASSWORD_PATTERN } from './policy.ts'
