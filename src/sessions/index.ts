export { createAuthenticator, type Authenticator } from './authenticator.ts'
export { deleteInactiveSessions } from './cleanup.ts'
export { createSessionCookie, type SessionCookie } from './cookies.ts'
export { endAllSessions, endSession, endUserSessions, endUserSessionsIn } from './end-sessions.ts'
export { CredentialSchema, deliveryProperties, factorProperties } from './login-schemas.ts'
export { createLoginLimiter, toAddressLimit, TokenBuckets, toLoginLimit, type LoginLimiter } from './limits.ts'
export { advanceDueNotBefores, withNotBefore, type Change } from './not-before.ts'
export { createRefreshCounters } from './refresh.ts'
export {
  toGivenFactor, type PasskeyProof, type RecoveryCodeProof, type SecondFactorProof, type SecondFactorVerifier, type TotpProof
} from './proof.ts'
export { authentication } from './routes.ts'
export {
  accessTokenProperties, AudienceSchema, authenticationProperties, SessionSchema, toAuthenticationBody, tokensResponse, toSessionBody,
  type TokensBody
} from './schemas.ts'
export {
  createSessionStore, listSessions, queryCredentialStore, type ActiveSession, type Session, type SessionPage, type SessionStore
} from './session-store.ts'
export { createPasswordCheck, createStepUp, type SteppedUp } from './step-up.ts'
export type { Grant } from './tokens.ts'
