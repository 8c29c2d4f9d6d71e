export { type DerivedKey, deriveKeys } from './derive-keys.ts'
export { createUnfitSecretsError, loadSecretKeys, SecretKeysError } from './secret-keys.ts'
