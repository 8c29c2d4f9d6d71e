// The verifying half: a bearer token becomes `request.currentUser`, without a database and without a private key.
export {
  defineRoles, type AccessClaims, type Acr, type Algorithm, type Capability, type CustomClaims, type Level, type PublicJwk,
  type RefreshRequired, type RoleDefinitions, type RoleName, type Roles, type SessionRevoked
} from '../contract/index.ts'
export {
  createDenyList, createLocalKeySource, createUserFactory, type AuthResult, type CheckSession, type DenyList, type Identity, type KeySource,
  type LocalKeySource, type RejectionReason, type StepUpOptions, type TokenRejection, type TokenVerifier, type VerifierCounters,
  type VerifyingKey
} from '../verify/index.ts'
export { createVerifier, type VerifierOptions } from './create-verifier.ts'
export type { Verifier } from './guard.ts'
export { edge as default } from './plugin.ts'
// A star, because a service can add to `Register` only if it is exported in this way.
export * from './plugin.ts'
export type { EdgeHealth } from './remote/health.ts'
export type { EdgeLog } from './remote/log.ts'
export type { RevocationOptions } from './remote/remote-feed.ts'
export type { RemoteVerifier, RemoteVerifierOptions } from './remote/remote-verifier.ts'
