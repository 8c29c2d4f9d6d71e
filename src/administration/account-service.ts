import { recordAudit, type Origin } from '../audit/index.ts'
import { assertStrongPassword, type PasswordHasher } from '../passwords/index.ts'
import { createThrottle, type ThrottleOptions } from '../throttle/index.ts'
import { findCredentialsById, findUser, type Credentials, type User } from '../accounts/index.ts'
import { NotFoundError, WrongPasswordError } from '../errors.ts'
import { changePassword } from './update-user.ts'
import { endSession, endSessionsOf } from '../sessions/index.ts'
import { createBuckets } from '../sessions/index.ts'
import { listSessions, type SessionPage } from '../sessions/index.ts'
import { createLoginLimiter, loginLimitOf, type LoginLimiter } from '../sessions/index.ts'
import { take } from '../sessions/index.ts'

export interface AccountsOptions extends ThrottleOptions {
  hasher: PasswordHasher
  /** In code points. */
  passwordMinLength: number
  sessionIdleSeconds: number
  /** Shared with logins; one of its own unless given. */
  loginLimiter?: LoginLimiter
}

/** Whose account, in which session, and where the request comes from. */
export interface Owner {
  userId: string
  sessionId: string
  origin: Origin
}

/** The account of one user: whoever holds this cannot reach another one. */
export interface Account {
  find (): Promise<User | undefined>
  /**
   * Every other session ends. No connection is held while passwords are hashed.
   *
   * @throws WrongPasswordError, WeakPasswordError; TooManyAttemptsError, as after failed logins or too many good ones; OverloadedError when too many
   *   hashes wait
   */
  changePassword (passwords: { currentPassword: string, newPassword: string }): Promise<void>
  /** Newest first. */
  listSessions (page: { after?: string | undefined, limit: number }): Promise<SessionPage>
  /** @throws NotFoundError for a session that is not this user's */
  endSession (id: string): Promise<void>
  /** This one, too. @throws TooManyAttemptsError */
  endSessions (): Promise<void>
}

// Each advances the user's not-before, which can be done once in a second: who has a token must not keep an admin from it.
const OWN_CHANGES = { burst: 5, perSecond: 0.1 }

// A login that brings the same password to the parameters of today changes the hash, too.
const ATTEMPTS = 2

/** Makes the one that hands out accounts, each to its owner. */
export function createAccounts (options: AccountsOptions): (owner: Owner) => Account {
  const { database, hasher, passwordMinLength, sessionIdleSeconds } = options
  const db = database.kysely
  const throttle = createThrottle(options)
  // Apart from each other: whoever stole a token must not keep the user from changing the password.
  const [passwordChanges, endings] = [createBuckets(OWN_CHANGES), createBuckets(OWN_CHANGES)]
  const limiter = options.loginLimiter ?? createLoginLimiter(loginLimitOf(options.loginRatePerMinute))

  async function isRight ({ email, passwordHash }: Credentials, currentPassword: string, { ip }: Origin): Promise<boolean> {
    const counted = await throttle.admitGuess({ email, ip })
    try {
      await throttle.sparing(counted, () => limiter.run(email, async () => {
        if (!await hasher.verify(passwordHash, currentPassword, { ip })) throw new WrongPasswordError()
      }))
    } catch (error) {
      if (error instanceof WrongPasswordError) return false
      throw error
    }
    await throttle.forgive(counted)
    return true
  }

  return function accountOf ({ userId, sessionId, origin }) {
    const by = { actorId: userId, origin }

    // ASVS 16.3.1: whoever guesses here has a token, and is told of like one who guesses at the login.
    async function refuse (): Promise<never> {
      await recordAudit(db, { type: 'login_failed', userId, sessionId, details: { purpose: 'password_change' }, ...by })
      throw new WrongPasswordError()
    }

    return {
      find: () => findUser(db, userId),

      async changePassword ({ currentPassword, newPassword }) {
        let passwordHash: string | undefined
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
          const credentials = await findCredentialsById(db, userId)
          if (credentials === undefined || !await isRight(credentials, currentPassword, origin)) return refuse()
          assertStrongPassword(newPassword, { minLength: passwordMinLength, email: credentials.email, path: '/new_password' })
          if (passwordHash === undefined) take(passwordChanges, userId)
          passwordHash ??= await hasher.hash(newPassword)
          if (await changePassword(database, { userId, sessionId, verifiedHash: credentials.passwordHash, passwordHash }, by)) return
        }
        return refuse()
      },

      listSessions: (page) => listSessions(db, userId, { ...page, sessionIdleSeconds }),

      async endSession (id) {
        if (!await endSession(database.reserved, { sessionId: id, userId }, by)) throw new NotFoundError()
      },

      async endSessions () {
        take(endings, userId)
        await endSessionsOf(database, userId, by)
      }
    }
  }
}
