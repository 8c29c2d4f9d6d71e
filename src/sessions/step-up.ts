import { findCredentialsById, normalizeEmail, type Credentials } from '../accounts/index.ts'
import { recordAudit, type Origin } from '../audit/index.ts'
import { toAcr, type Acr } from '../contract/index.ts'
import { InvalidTokenError, WrongPasswordError } from '../errors.ts'
import type { Keyring } from '../keys/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { createThrottle, type ThrottleOptions } from '../throttle/index.ts'
import type { LoginLimiter } from './limits.ts'
import { queryCredentialStore } from './session-store.ts'
import { createStepUpStatement } from './step-up-statement.ts'
import { createAccessTokenMinter, selectAudience } from './tokens.ts'

interface PasswordCheckOptions extends ThrottleOptions {
  hasher: PasswordHasher
  /** Share it with logins. */
  loginLimiter: LoginLimiter
}

export interface StepUpOptions extends PasswordCheckOptions {
  keyring: Pick<Keyring, 'sign' | 'awaitRevocations'>
  issuer: string
  audiences: readonly string[]
  accessTtlSeconds: number
  sessionIdleSeconds: number
}

/** A proof by a user who has a session. */
interface StepUpAttempt {
  userId: string
  sessionId: string
  password: string
  /** Whom the token is for; the default audience, if absent. */
  audience: string | undefined
  origin: Origin
}

/** One access token of the same session, and nothing else. */
export interface SteppedUp {
  tokenId: string
  accessToken: string
  expiresInSeconds: number
  acr: Acr
}

/** @throws TooManyAttemptsError; OverloadedError if the hashing queue is full; CredentialStoreUnavailableError */
type CheckPassword = (credentials: Credentials, password: string, origin: Origin) => Promise<boolean>

/** The longest life of a token that a step-up gave. */
const MAX_TTL_SECONDS = 300

// A login may rehash the same password in the meantime; then the new hash is verified.
const MAX_TRIES = 2

/**
 * Makes the step-up: it verifies a proof, and mints an access token that says so. The session and its refresh token stay as they are.
 *
 * @returns attempt -> token; throws InvalidTargetError, WrongPasswordError, InvalidTokenError when the session has ended,
 *   TooManyAttemptsError (counted like logins), OverloadedError, CredentialStoreUnavailableError
 */
export function createStepUp (options: StepUpOptions): (attempt: StepUpAttempt) => Promise<SteppedUp> {
  const { database: { kysely: db }, keyring, audiences, sessionIdleSeconds } = options
  const lifetimeSeconds = Math.min(options.accessTtlSeconds, MAX_TTL_SECONDS)
  const checkPassword = createPasswordCheck(options)
  const statement = createStepUpStatement({ sessionIdleSeconds, lifetimeSeconds })
  const mintAccessToken = createAccessTokenMinter(options)

  return async function stepUp (attempt) {
    const { userId, sessionId, password, origin } = attempt
    const audience = selectAudience(audiences, attempt.audience)
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const credentials = await queryCredentialStore(() => findCredentialsById(db, userId))
      if (credentials === undefined || !await checkPassword(credentials, password, origin)) return reject(attempt)
      const { passwordHash } = credentials
      if (passwordHash === undefined) return reject(attempt)
      const proof = { userId, sessionId, passwordHash, origin }
      const grant = await queryCredentialStore(() => statement(db, proof))
      if (grant === 'inactive') throw new InvalidTokenError()
      if (grant !== undefined) {
        await queryCredentialStore(() => keyring.awaitRevocations(grant.revokedKeys))
        return { ...mintAccessToken(grant, audience, lifetimeSeconds), expiresInSeconds: lifetimeSeconds, acr: toAcr(grant.level) }
      }
    }
    return reject(attempt)
  }

  // ASVS 16.3.1: a guess here is audited like a failed login.
  async function reject ({ userId, sessionId, origin }: StepUpAttempt): Promise<never> {
    const entry = { type: 'login_failed', userId, actorId: userId, sessionId, origin, details: { purpose: 'step_up' } } as const
    await queryCredentialStore(() => recordAudit(db, entry))
    throw new WrongPasswordError()
  }
}

/** Makes the check of the password of a user who is logged in: guesses are counted and throttled like those at the login. */
export function createPasswordCheck (options: PasswordCheckOptions): CheckPassword {
  const { hasher, loginLimiter } = options
  const throttle = createThrottle(options)

  return async function checkPassword ({ email, passwordHash }, password, { ip }) {
    const counted = await throttle.admitGuess({ normalizedEmail: normalizeEmail(email), ip })
    try {
      await throttle.refundOnOverload(counted, () => loginLimiter.run(email, async () => {
        if (!await hasher.verify(passwordHash, password, { ip })) throw new WrongPasswordError()
      }))
    } catch (error) {
      if (error instanceof WrongPasswordError) return false
      throw error
    }
    await throttle.resetOnSuccess(counted)
    return true
  }
}
