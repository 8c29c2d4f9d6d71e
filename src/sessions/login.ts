import {
  countFactors, credentialsLookup, findCredentialsById, hasFactor, needsSecondFactor, normalizeEmail, type Credentials,
  type SecondFactorPolicy
} from '../accounts/index.ts'
import { recordAudit, type Origin } from '../audit/index.ts'
import { InvalidCredentialsError } from '../errors.ts'
import type { Keyring } from '../keys/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { createThrottle, type AdmittedLogin, type ThrottleOptions } from '../throttle/index.ts'
import type { BeginSession } from './begin-session.ts'
import type { Challenge } from './challenge.ts'
import type { LoginLimiter } from './limits.ts'
import { createChallenge, type ChallengeState } from './second-factor-store.ts'
import { queryCredentialStore } from './session-store.ts'
import type { Grant } from './tokens.ts'

interface LoginAttempt {
  email: string
  password: string
  /** The session of the cookie that this login replaces. */
  replacedSessionId: string | undefined
  origin: Origin
}

/** A right password of a user who needs a second factor, and has one or has none yet. */
export type SecondFactorDemand =
  | { kind: 'challenge', challenge: Challenge }
  | { kind: 'enrolment', state: ChallengeState }

type Admitted = AdmittedLogin<Credentials | undefined>

interface LoginOptions extends ThrottleOptions {
  keyring: Pick<Keyring, 'awaitRevocations'>
  hasher: PasswordHasher
  limiter: LoginLimiter
  /** SESSION_MAX_TTL */
  sessionMaxSeconds: number
  secondFactor: SecondFactorPolicy
  beginSession: BeginSession
}

// Another login of the user may replace the hash between our two statements: then this one verifies the new hash and continues. So does one
// that a second factor was enrolled beside.
const MAX_TRIES = 3

/**
 * Makes the login: two round trips to the database, and between them a password hash that holds no connection. The first statement counts
 * the attempt, so that no hash is computed for an attempt that has to wait.
 *
 * @param options the credential store, the limits of attempts and of successes, the hasher, the keyring that signs, how long sessions
 *   live
 * @returns attempt -> grant, or what is needed beside the password; throws InvalidCredentialsError, after the same work, for an unknown
 *   user, a wrong password, however old its hash, and a disabled user; TooManyAttemptsError; OverloadedError if the hasher's queue is
 *   full; CredentialStoreUnavailableError
 */
export function createLogin (options: LoginOptions): (attempt: LoginAttempt) => Promise<Grant | SecondFactorDemand> {
  const { database: { kysely: db }, keyring, hasher, limiter, sessionMaxSeconds, secondFactor, beginSession } = options
  const throttle = createThrottle(options)
  const admit = throttle.prepareLogin(credentialsLookup)

  async function reject (userId: string | undefined, origin: Origin): Promise<never> {
    await queryCredentialStore(() => recordAudit(db, { type: 'login_failed', ...(userId !== undefined && { userId }), origin }))
    throw new InvalidCredentialsError()
  }

  async function authenticate (
    { found, counted }: Admitted, { password, replacedSessionId, origin }: LoginAttempt
  ): Promise<Grant | SecondFactorDemand> {
    let credentials = found
    for (let attempt = 1; ; attempt++) {
      const isRight = await hasher.verify(credentials?.passwordHash, password, { mustFail: credentials?.disabled, ip: origin.ip })
      if (credentials?.passwordHash === undefined || !isRight || credentials.disabled) return reject(found?.id, origin)
      const { id: userId, passwordHash } = credentials
      // The attempt stays counted until the second factor is right: it resets the counters.
      const isAccountCounted = counted.account !== null
      const demand = needsSecondFactor(secondFactor, credentials)
        ? await demandFactor({ userId, passwordHash, isAccountCounted }, credentials, origin)
        : undefined
      if (demand !== undefined) return demand
      const rehash = hasher.needsRehash(passwordHash) ? await hasher.hash(password) : undefined
      const proof = { kind: 'password', passwordHash } as const
      const login = { userId, proof, rehash, replacedSessionId, counted, origin }
      const session = await queryCredentialStore(() => beginSession(db, login))
      if (typeof session !== 'string') {
        await queryCredentialStore(() => keyring.awaitRevocations(session.revokedKeys))
        return { ...session, userId, generation: 1, remainingSeconds: sessionMaxSeconds }
      }
      if (attempt === MAX_TRIES) return reject(userId, origin)
      credentials = await queryCredentialStore(() => findCredentialsById(db, userId))
    }
  }

  /** @returns undefined if the password has changed since it was verified: then the login begins no session either, and tries again */
  async function demandFactor (
    right: Parameters<typeof createChallenge>[1], { hasSecondFactor }: Credentials, origin: Origin
  ): Promise<SecondFactorDemand | undefined> {
    const state = await queryCredentialStore(() => createChallenge(db, right))
    if (state === undefined) return undefined
    const factors = hasSecondFactor ? undefined : await queryCredentialStore(() => countFactors(db, right.userId))
    const isEnrolment = factors !== undefined && !hasFactor(factors)
    // Whoever knows the password and stops here is to be seen.
    const entry = { type: isEnrolment ? 'enrolment_demanded' : 'second_factor_demanded', userId: right.userId, origin } as const
    await queryCredentialStore(() => recordAudit(db, entry))
    return isEnrolment ? { kind: 'enrolment', state } : { kind: 'challenge', challenge: state.challenge }
  }

  return async function logIn (attempt) {
    const { email, origin: { ip } } = attempt
    hasher.assertCapacity(ip)
    const admitted = await queryCredentialStore(() => admit({ normalizedEmail: normalizeEmail(email), ip }))
    return throttle.refundOnOverload(admitted.counted, () => limiter.run(email, () => authenticate(admitted, attempt)))
  }
}
