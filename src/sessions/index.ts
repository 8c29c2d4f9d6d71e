export { createAuthenticator, type Authenticator } from './authenticator.ts'
export { deleteInactiveSessions } from './cleanup.ts'
export { createSessionCookie, type SessionCookie } from './cookies.ts'
export { endAllSessions, endSession, endUserSessions, endUserSessionsIn } from './end-sessions.ts'
export { CredentialSchema, deliveryProperties, factorProperties } from './login-schemas.ts'
export { createLoginLimiter, TokenBuckets, toLoginLimit, type LoginLimiter } from './limits.ts'
export { advanceDueNotBefores, withNotBefore, type Change } from './not-before.ts'
export { createRefreshCounters } from './refresh.ts'
export {
  toGivenFactor, type PasskeyProof, type RecoveryCodeProof, type SecondFactorProof, type SecondFactorVerifier, type TotpProof
} from './proof.ts'
export { authentication } from './routes.ts'
export {
  accessTokenProperties, AudienceSchema, authenticationProperties, cookieHeader, SessionSchema, toAuthenticationBody, TokensSchema,
  toSessionBody, type TokensBody
} from './schemas.ts'
export { createSessionStore, listSessions, type ActiveSession, type Session, type SessionPage, type SessionStore } from './session-store.ts'
export { createPasswordCheck, createStepUp, type SteppedUp } from './step-up.ts'
