import { normalizeEmail, type Credentials } from '../accounts/index.ts'
import type { Origin } from '../audit/index.ts'
import { WrongPasswordError } from '../errors.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { createThrottle, type ThrottleOptions } from '../throttle/index.ts'
import type { LoginLimiter } from './limits.ts'

export interface PasswordCheckOptions extends ThrottleOptions {
  hasher: PasswordHasher
  /** Share it with logins. */
  loginLimiter: LoginLimiter
}

/** @throws TooManyAttemptsError; OverloadedError if the hashing queue is full; CredentialStoreUnavailableError */
type CheckPassword = (credentials: Credentials, password: string, origin: Origin) => Promise<boolean>

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
