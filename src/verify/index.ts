// `gatepass/verify`: a bearer token becomes a current user, in any framework, without a database and without a private key.
export {
  defineRoles, type AccessClaims, type Acr, type Algorithm, type Capability, type CustomClaims, type Level, type PublicJwk,
  type RefreshRequired, type RoleDefinitions, type RoleName, type Roles, type SessionRevoked
} from '../contract/index.ts'
export { createVerifier, type VerifierOptions } from './create-verifier.ts'
export { createUserFactory, type AnyRoles, type AnyUser, type CurrentUser, type Identity } from './current-user.ts'
export { createDenyList, type DenyList } from './deny-list.ts'
// A star, because a service can add to `Register` only if it is exported in this way.
export * from './register.ts'
export { Rejection, type RejectionReason, type RejectionResponse, type TokenRejection } from './rejection.ts'
export type { EdgeHealth } from './remote/health.ts'
export type { EdgeLog } from './remote/log.ts'
export type { RemoteVerifier, RemoteVerifierOptions } from './remote/remote-verifier.ts'
export type { RevocationOptions } from './remote/revocation-options.ts'
export type { RequestGuard, RequestGuardOptions } from './request-guard.ts'
export type { StepUpOptions } from './step-up.ts'
export type { AuthResult, CheckSession, TokenChecks, TokenVerifier, TokenVerifierOptions, VerifierCounters } from './token-verifier.ts'
export { createLocalKeySource, type KeySource, type LocalKeySource, type VerifyingKey } from './verification-keys.ts'
