export { wellKnown } from './jwks-routes.ts'
export { createKeyManager, type KeyManager } from './key-manager.ts'
export { createKeyring, type Keyring } from './keyring.ts'
export { type KeyListing, type KeyringBody, KeyringSchema, type RejectedRow, toKeyringBody } from './list.ts'
