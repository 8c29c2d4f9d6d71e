import { recordAudit, type Origin } from '../audit/index.ts'
import { createThrottle, type PasswordHasher, type ThrottleOptions } from '../credentials/index.ts'
import { InvalidCredentialsError } from '../errors.ts'
import { type Grant } from './issue.ts'
import { type Lifetimes } from './lifetimes.ts'
import { createLoginStatement } from './login-statement.ts'
import { askStore } from './store.ts'

export interface LoginAttempt {
  email: string
  password: string
  /** The session whose cookie this login replaces. */
  replacedSessionId: string | undefined
  origin: Origin
}

export interface LoginOptions extends ThrottleOptions {
  hasher: PasswordHasher
  lifetimes: Lifetimes
}

/**
 * Makes the login: two round trips to the database, and one password hash between them that holds no connection. The first
 * one counts the attempt, so that no hash is paid for one that has to wait.
 *
 * @param options the credential store, how often one may try, the hasher, how long sessions live
 * @returns attempt -> grant; throws InvalidCredentialsError, after the same work, for an unknown user, a wrong password,
 *   however old its hash, and a disabled user, TooManyAttemptsError, OverloadedError past the hasher's queue, CredentialStoreUnavailableError
 */
export function createLogin (options: LoginOptions): (attempt: LoginAttempt) => Promise<Grant> {
  const { database: { kysely: db }, hasher, lifetimes } = options
  const throttle = createThrottle(options)
  const begin = createLoginStatement(lifetimes, throttle.loginLimits)

  async function refuse (userId: string | undefined, origin: Origin): Promise<never> {
    await askStore(() => recordAudit(db, { type: 'login_failed', ...(userId !== undefined && { userId }), origin }))
    throw new InvalidCredentialsError()
  }

  return async function logIn ({ email, password, replacedSessionId, origin }) {
    hasher.assertRoom()
    const { credentials: found, counted } = await askStore(() => throttle.admitLogin({ email, ip: origin.ip }))
    const isRight = await throttle.sparing(counted, () => hasher.verify(found?.passwordHash, password, { isRefused: found?.disabled }))
    if (found === undefined || !isRight || found.disabled) return refuse(found?.id, origin)
    const { id: userId, passwordHash } = found
    const rehash = hasher.needsRehash(passwordHash) ? await throttle.sparing(counted, () => hasher.hash(password)) : undefined
    const begun = await askStore(() => begin(db, { userId, passwordHash, rehash, replacedSessionId, counted, origin }))
    if (begun === undefined) return refuse(userId, origin)
    return { ...begun, userId, generation: 1, restSeconds: lifetimes.sessionMaxSeconds }
  }
}
