export {
  formatAuthenticated, parseAuthenticated, toTextLength, toUuid, toUuidBytes
} from './authenticated-bytes.ts'
export { createEncryption, UnknownSecretError, type Encryption } from './encryption.ts'
export { createWrongSecretError, deriveKeys, loadSecretKeys, SecretKeysError, type DerivedKey } from './secret-keys.ts'
