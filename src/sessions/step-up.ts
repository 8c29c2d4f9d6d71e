import { findCredentialsById, needsSecondFactor, normalizeEmail, type Credentials, type SecondFactorPolicy } from '../accounts/index.ts'
import { recordAudit, type Origin } from '../audit/index.ts'
import { toAcr, type Acr } from '../contract/index.ts'
import { InvalidTokenError, SecondFactorNeededError, WrongCodeError, WrongPasskeyError, WrongPasswordError } from '../errors.ts'
import type { Keyring } from '../keys/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { createThrottle, type ThrottleOptions } from '../throttle/index.ts'
import { TokenBuckets, toLoginLimit, type LoginLimiter } from './limits.ts'
import type { GivenFactor } from './proof.ts'
import type { SecondFactorCheck } from './second-factor-check.ts'
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
  check: SecondFactorCheck
  /** Whether users are told by mail. */
  tellsUsers: boolean
  /** SECOND_FACTOR; default: `optional`. */
  secondFactor?: SecondFactorPolicy
}

/** A proof by a user who has a session: a password, with a second factor of who has one; or a passkey that verifies the user. */
interface StepUpAttempt {
  userId: string
  sessionId: string
  password: string | undefined
  factor: GivenFactor | undefined
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

// A login may rehash the same password in the meantime: then the new hash is verified. If a second factor is enrolled, it is asked for.
const MAX_TRIES = 2

/**
 * Makes the step-up: it verifies proofs, and mints an access token that says so. The session and its refresh token stay as they are.
 *
 * @returns attempt -> token; throws InvalidTargetError, WrongPasswordError, SecondFactorNeededError, WrongCodeError, WrongPasskeyError,
 *   InvalidTokenError when the session has ended, TooManyAttemptsError (counted like logins), OverloadedError,
 *   CredentialStoreUnavailableError
 */
export function createStepUp (options: StepUpOptions): (attempt: StepUpAttempt) => Promise<SteppedUp> {
  const { database: { kysely: db }, keyring, audiences, sessionIdleSeconds, check, tellsUsers, secondFactor = 'optional' } = options
  const lifetimeSeconds = Math.min(options.accessTtlSeconds, MAX_TTL_SECONDS)
  const checkPassword = createPasswordCheck(options)
  const statement = createStepUpStatement({ sessionIdleSeconds, lifetimeSeconds, tellsUsers, secondFactor })
  const mintAccessToken = createAccessTokenMinter(options)
  // What cannot be guessed is not counted in the database, and each try is an audit event.
  const factors = new TokenBuckets(toLoginLimit(options.loginRatePerMinute))

  return async function stepUp (attempt) {
    const { userId, sessionId, password, factor: given, origin } = attempt
    const audience = selectAudience(audiences, attempt.audience)
    let checked: Awaited<ReturnType<SecondFactorCheck['verify']>>
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const credentials = await queryCredentialStore(() => findCredentialsById(db, userId))
      const passwordHash = password === undefined ? undefined : await verifyPassword(credentials, password, attempt)
      const isNeeded = credentials !== undefined && needsSecondFactor(secondFactor, credentials)
      if (given === undefined && isNeeded) throw await toNeeded(userId)
      if (given !== undefined && checked === undefined) {
        if (!('totp' in given)) factors.assertAvailable(userId)
        checked = await check.verify({ userId, given, expected: { sessionId }, origin })
        if (checked === undefined) return rejectFactor(attempt)
      }
      const factor = checked?.proof
      const isAlone = factor?.kind === 'passkey' && factor.isUserVerified
      if (passwordHash === undefined && !isAlone) return rejectFactor(attempt)
      const grant = await queryCredentialStore(() => statement(db, { userId, sessionId, passwordHash, factor, origin }))
      if (grant === 'inactive') throw new InvalidTokenError()
      if (grant === 'used') return rejectFactor(attempt)
      if (grant !== 'changed') {
        if (checked !== undefined) await check.pass({ userId, origin }, checked)
        await queryCredentialStore(() => keyring.awaitRevocations(grant.revokedKeys))
        return { ...mintAccessToken(grant, audience, lifetimeSeconds), expiresInSeconds: lifetimeSeconds, acr: toAcr(grant.level) }
      }
    }
    return reject(attempt, 'login_failed', new WrongPasswordError())
  }

  /** @returns the hash */
  async function verifyPassword (credentials: Credentials | undefined, password: string, attempt: StepUpAttempt): Promise<string> {
    const isRight = credentials !== undefined && await checkPassword(credentials, password, attempt.origin)
    if (!isRight || credentials.passwordHash === undefined) return reject(attempt, 'login_failed', new WrongPasswordError())
    return credentials.passwordHash
  }

  async function toNeeded (userId: string): Promise<Error> {
    return new SecondFactorNeededError({ members: { methods: await check.listMethods(userId) } })
  }

  function rejectFactor (attempt: StepUpAttempt): Promise<never> {
    const isPasskey = attempt.factor !== undefined && 'passkey' in attempt.factor
    return reject(attempt, 'second_factor_rejected', isPasskey ? new WrongPasskeyError() : new WrongCodeError())
  }

  // ASVS 16.3.1: a guess here is audited like a failed login.
  async function reject (
    { userId, sessionId, origin }: StepUpAttempt, type: 'login_failed' | 'second_factor_rejected', error: Error
  ): Promise<never> {
    const entry = { type, userId, actorId: userId, sessionId, origin, details: { purpose: 'step_up' } }
    await queryCredentialStore(() => recordAudit(db, entry))
    throw error
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
