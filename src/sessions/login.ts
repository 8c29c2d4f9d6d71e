import { recordAudit, type Origin } from '../audit/index.ts'
import { createThrottle, type Throttle, type ThrottleOptions } from '../throttle/index.ts'
import { findCredentialsById } from '../accounts/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { InvalidCredentialsError } from '../errors.ts'
import type { Grant } from './tokens.ts'
import type { Lifetimes } from './lifetimes.ts'
import type { LoginLimiter } from './login-limits.ts'
import { createLoginStatement } from './login-statement.ts'
import { askStore } from './query-credential-store.ts'

export interface LoginAttempt {
  email: string
  password: string
  /** The session whose cookie this login replaces. */
  replacedSessionId: string | undefined
  origin: Origin
}

type Admitted = Awaited<ReturnType<Throttle['admitLogin']>>

export interface LoginOptions extends ThrottleOptions {
  hasher: PasswordHasher
  limiter: LoginLimiter
  lifetimes: Lifetimes
  /** SESSIONS_PER_USER */
  sessionsPerUser: number
}

// Another login of the user may renew the hash between our two statements: then the new one is verified, and the login goes on.
const ATTEMPTS = 2

/**
 * Makes the login: two round trips to the database, and one password hash between them that holds no connection. The first
 * one counts the attempt, so that no hash is paid for one that has to wait.
 *
 * @param options the credential store, how often one may try, how often one may succeed, the hasher, how long sessions live
 * @returns attempt -> grant; throws InvalidCredentialsError, after the same work, for an unknown user, a wrong password,
 *   however old its hash, and a disabled user, TooManyAttemptsError, OverloadedError past the hasher's queue, CredentialStoreUnavailableError
 */
export function createLogin (options: LoginOptions): (attempt: LoginAttempt) => Promise<Grant> {
  const { database: { kysely: db }, hasher, limiter, lifetimes, sessionsPerUser } = options
  const throttle = createThrottle(options)
  const begin = createLoginStatement({ lifetimes, limits: throttle.loginLimits, sessionsPerUser })

  async function refuse (userId: string | undefined, origin: Origin): Promise<never> {
    await askStore(() => recordAudit(db, { type: 'login_failed', ...(userId !== undefined && { userId }), origin }))
    throw new InvalidCredentialsError()
  }

  async function proceed ({ credentials: found, counted }: Admitted, { password, replacedSessionId, origin }: LoginAttempt): Promise<Grant> {
    let current = found
    for (let attempt = 1; ; attempt++) {
      const isRight = await hasher.verify(current?.passwordHash, password, { mustFail: current?.disabled, ip: origin.ip })
      if (current === undefined || !isRight || current.disabled) return refuse(found?.id, origin)
      const { id: userId, passwordHash } = current
      const rehash = hasher.needsRehash(passwordHash) ? await hasher.hash(password) : undefined
      const begun = await askStore(() => begin(db, { userId, passwordHash, rehash, replacedSessionId, counted, origin }))
      if (begun !== undefined) return { ...begun, userId, generation: 1, restSeconds: lifetimes.sessionMaxSeconds }
      if (attempt === ATTEMPTS) return refuse(userId, origin)
      current = await askStore(() => findCredentialsById(db, userId))
    }
  }

  return async function logIn (attempt) {
    const { email, origin: { ip } } = attempt
    hasher.assertCapacity(ip)
    const admitted = await askStore(() => throttle.admitLogin({ email, ip }))
    return throttle.refundOnOverload(admitted.counted, () => limiter.run(email, () => proceed(admitted, attempt)))
  }
}
