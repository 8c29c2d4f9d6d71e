export { type DerivedKey, deriveKeys } from './derive-keys.ts'
export { createWrongSecretError, loadSecretKeys, SecretKeysError } from './secret-keys.ts'
