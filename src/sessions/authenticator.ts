import type { SecondFactorPolicy } from '../accounts/index.ts'
import type { Outbox } from '../mail/index.ts'
import type { Keyring } from '../keys/index.ts'
import { deriveKeys, type DerivedKey } from '../secrets/index.ts'
import { createThrottle, type ThrottleOptions } from '../throttle/index.ts'
import { createBeginSession, type BeginSession } from './begin-session.ts'
import { createSessionCookie, type SessionCookie } from './cookies.ts'
import type { SecondFactorVerifier } from './proof.ts'
import { toRotationTimings } from './rotation-policy.ts'
import { createSecondFactorCheck, type SecondFactorCheck } from './second-factor-check.ts'
import type { Lifetimes } from './session-sql.ts'
import { TokenResponder } from './token-responder.ts'
import { createTokenMinter } from './tokens.ts'

export interface AuthenticatorOptions extends ThrottleOptions {
  keyring: Keyring
  /** Our origin, and the `iss` of tokens. */
  issuer: string
  /** The first is the default. */
  audiences: readonly string[]
  accessTtlSeconds: number
  sessionIdleSeconds: number
  sessionMaxSeconds: number
  refreshGraceSeconds: number
  /** Beyond it, the oldest session ends. */
  sessionsPerUser: number
  /** Other origins whose pages may use the cookie. */
  corsOrigins: readonly string[]
  cookieDomain: string | undefined
  /** SECOND_FACTOR; default: `optional`. */
  secondFactor?: SecondFactorPolicy
  /** Default: users have no second factors. */
  verifier?: SecondFactorVerifier
  /** PASSKEY_RP_ID; default: the host of the issuer. */
  rpId?: string
  outbox: Outbox
}

/** What all ways to log in share. */
export interface Authenticator {
  /** The one function that begins sessions. */
  readonly beginSession: BeginSession
  readonly check: SecondFactorCheck
  readonly responder: TokenResponder
  readonly cookie: SessionCookie
  readonly lifetimes: Lifetimes
  readonly refreshTokenKeys: readonly DerivedKey[]
  readonly secondFactor: SecondFactorPolicy
}

export function createAuthenticator (options: AuthenticatorOptions): Authenticator {
  const { secretKeys, issuer, audiences, sessionsPerUser, secondFactor = 'optional', verifier = NO_FACTORS, outbox } = options
  const { rpId = new URL(issuer).hostname } = options
  const lifetimes = { ...options, rotation: toRotationTimings(options.refreshGraceSeconds) }
  const refreshTokenKeys = deriveKeys({ secretKeys, purpose: 'refresh-token', issuer })
  const cookie = createSessionCookie(options)
  const mint = createTokenMinter({ ...options, refreshTokenKeys, lifetimes })
  const limits = createThrottle(options).loginLimits
  return {
    beginSession: createBeginSession({ lifetimes, limits, sessionsPerUser, secondFactor, tellsUsers: outbox.isEnabled }),
    check: createSecondFactorCheck({ ...options, verifier, outbox, rpId }),
    responder: new TokenResponder({ audiences, cookie, refreshTokenKeys, mint }),
    cookie,
    lifetimes,
    refreshTokenKeys,
    secondFactor
  }
}

const NO_FACTORS: SecondFactorVerifier = {
  openTotp: async () => () => undefined,
  readRecoveryCode: () => undefined,
  verifyPasskey: async () => undefined,
  toPasskeyOptions: async () => ({})
}
