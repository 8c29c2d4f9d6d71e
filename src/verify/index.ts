export {
  decodeSegment, findClaimsFault, findTimeFault, isRecord, parseClaims, parseHeader, toIdentity, type ExpectedClaims
} from './access-token.ts'
export { createUserFactory, type AnyRoles, type CurrentUser, type Identity } from './current-user.ts'
export { createDenyList, type DenyList } from './deny-list.ts'
export { toPublicError, toRejectionResponse, type RejectionReason, type RejectionResponse, type TokenRejection } from './rejection.ts'
export { combineStepUps, createStepUpCheck, type StepUpCheck, type StepUpOptions } from './step-up.ts'
export { backoffMs, pause, systemTime, type Time } from './time.ts'
export {
  createTokenVerifier, toAudiences, type AuthResult, type CheckSession, type TokenChecks, type TokenVerifier, type TokenVerifierOptions,
  type VerifierCounters
} from './token-verifier.ts'
export { createLocalKeySource, type KeySource, type LocalKeySource, type VerifyingKey } from './verification-keys.ts'
