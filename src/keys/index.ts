export { wellKnown } from './jwks-routes.ts'
export { createKeyKeeper, type KeyKeeper } from './key-manager.ts'
export { createKeyring, type Keyring } from './keyring.ts'
export { type KeyListing, type KeyringBody, KeyringSchema, type RejectedRow, toKeyringBody } from './list.ts'
