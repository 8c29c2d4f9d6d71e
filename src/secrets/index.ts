export { createWrongSecretError, deriveKeys, loadSecretKeys, SecretKeysError, type DerivedKey } from './secret-keys.ts'
