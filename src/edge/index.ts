// The verifying half: a bearer token becomes `request.currentUser`, with no database and no private key.
export { defineRoles, type AccessClaims, type Algorithm, type Capability, type PublicJwk, type RefreshRequired, type RoleDefinitions, type RoleName, type Roles, type SessionRevoked } from '../contract/index.ts'
export { readBearer } from './bearer.ts'
export { createUserFactory, type CurrentUser, type Identity } from './current-user.ts'
export { createDenyList, type DenyList } from './deny-list.ts'
export { createLocalKeySource, type KeySource, type LocalKeySource } from './key-source.ts'
export { type Confirm, type Verdict, type Verifier } from './mechanism.ts'
export { edge, edge as default, type EdgeOptions } from './plugin.ts'
export { type RefusalReason, type TokenRefusal } from './refusal.ts'
// A star, because only what is exported so can be merged with: see `Register`.
export * from './register.ts'
export { type VerifyingKey } from './signature.ts'
export { type TokenVerifier, type VerifierCounters } from './token-verifier.ts'
export { createVerifier, type VerifierOptions } from './verifier.ts'
