import { credentialsLookup, findCredentialsById, normalizeEmail, type Credentials } from '../accounts/index.ts'
import { recordAudit, type Origin } from '../audit/index.ts'
import { InvalidCredentialsError } from '../errors.ts'
import type { Keyring } from '../keys/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { createThrottle, type AdmittedLogin, type ThrottleOptions } from '../throttle/index.ts'
import type { Lifetimes } from './session-sql.ts'
import type { LoginLimiter } from './limits.ts'
import { createLoginStatement } from './login-statement.ts'
import { queryCredentialStore } from './session-store.ts'
import type { Grant } from './tokens.ts'

interface LoginAttempt {
  email: string
  password: string
  /** The session of the cookie that this login replaces. */
  replacedSessionId: string | undefined
  origin: Origin
}

type Admitted = AdmittedLogin<Credentials | undefined>

interface LoginOptions extends ThrottleOptions {
  keyring: Pick<Keyring, 'awaitRevocations'>
  hasher: PasswordHasher
  limiter: LoginLimiter
  lifetimes: Lifetimes
  /** SESSIONS_PER_USER */
  sessionsPerUser: number
}

// Another login of the user may replace the hash between our two statements: then this one verifies the new hash and continues.
const MAX_TRIES = 2

/**
 * Makes the login: two round trips to the database, and between them a password hash that holds no connection. The first statement counts
 * the attempt, so that no hash is computed for an attempt that has to wait.
 *
 * @param options the credential store, the limits of attempts and of successes, the hasher, the keyring that signs, how long sessions
 *   live
 * @returns attempt -> grant; throws InvalidCredentialsError, after the same work, for an unknown user, a wrong password, however old its
 *   hash, and a disabled user; TooManyAttemptsError; OverloadedError if the hasher's queue is full; CredentialStoreUnavailableError
 */
export function createLogin (options: LoginOptions): (attempt: LoginAttempt) => Promise<Grant> {
  const { database: { kysely: db }, keyring, hasher, limiter, lifetimes, sessionsPerUser } = options
  const throttle = createThrottle(options)
  const admit = throttle.prepareLogin(credentialsLookup)
  const beginSession = createLoginStatement({ lifetimes, limits: throttle.loginLimits, sessionsPerUser })

  async function reject (userId: string | undefined, origin: Origin): Promise<never> {
    await queryCredentialStore(() => recordAudit(db, { type: 'login_failed', ...(userId !== undefined && { userId }), origin }))
    throw new InvalidCredentialsError()
  }

  async function authenticate ({ found, counted }: Admitted, { password, replacedSessionId, origin }: LoginAttempt): Promise<Grant> {
    let credentials = found
    for (let attempt = 1; ; attempt++) {
      const isRight = await hasher.verify(credentials?.passwordHash, password, { mustFail: credentials?.disabled, ip: origin.ip })
      if (credentials?.passwordHash === undefined || !isRight || credentials.disabled) return reject(found?.id, origin)
      const { id: userId, passwordHash } = credentials
      const rehash = hasher.needsRehash(passwordHash) ? await hasher.hash(password) : undefined
      const login = { userId, passwordHash, rehash, replacedSessionId, counted, origin }
      const session = await queryCredentialStore(() => beginSession(db, login))
      if (session !== undefined) {
        await queryCredentialStore(() => keyring.awaitRevocations(session.revokedKeys))
        return { ...session, userId, generation: 1, remainingSeconds: lifetimes.sessionMaxSeconds }
      }
      if (attempt === MAX_TRIES) return reject(userId, origin)
      credentials = await queryCredentialStore(() => findCredentialsById(db, userId))
    }
  }

  return async function logIn (attempt) {
    const { email, origin: { ip } } = attempt
    hasher.assertCapacity(ip)
    const admitted = await queryCredentialStore(() => admit({ normalizedEmail: normalizeEmail(email), ip }))
    return throttle.refundOnOverload(admitted.counted, () => limiter.run(email, () => authenticate(admitted, attempt)))
  }
}
