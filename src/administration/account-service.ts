import { assertAccountPassword, assertLevel, findCredentialsById, findUser, type User } from '../accounts/index.ts'
import { recordAudit, type Origin } from '../audit/index.ts'
import { NotFoundError, WrongPasswordError } from '../errors.ts'
import type { Outbox } from '../mail/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import {
  createLoginLimiter, createPasswordCheck, endSession, endUserSessions, listSessions, TokenBuckets, toLoginLimit, type LoginLimiter,
  type SessionPage
} from '../sessions/index.ts'
import type { ThrottleOptions } from '../throttle/index.ts'
import { changePassword, deleteUser } from './update-user.ts'

export interface AccountServiceOptions extends ThrottleOptions {
  hasher: PasswordHasher
  outbox: Outbox
  /** In code points. */
  passwordMinLength: number
  sessionIdleSeconds: number
  /** Share it with logins; if absent, the service has its own. */
  loginLimiter?: LoginLimiter
}

/** The current user, the current session, and the origin of the request. */
export interface AccountOwner {
  userId: string
  sessionId: string
  /** Of the access token: see `CurrentUser.level`; 0 for a machine. */
  level: number
  origin: Origin
}

/** What users do with their own accounts: the object reaches the account of one user only. */
export interface AccountService {
  find (): Promise<User | undefined>
  /**
   * Changes the password and ends every other session. No connection is held while hashing.
   *
   * @throws InsufficientUserAuthenticationError, WrongPasswordError, WeakPasswordError, TooManyAttemptsError (counted like logins);
   *   OverloadedError if the hashing queue is full
   */
  changePassword (passwords: { currentPassword: string, newPassword: string }): Promise<void>
  /** Newest first. */
  listSessions (page: { after?: string | undefined, limit: number }): Promise<SessionPage>
  /** @throws NotFoundError if the session is not this user's */
  endSession (id: string): Promise<void>
  /** Ends every session, the current one too. @throws TooManyAttemptsError */
  endSessions (): Promise<void>
  /** Deletes the account with its sessions. @throws NotFoundError, LastAdminError, InsufficientUserAuthenticationError */
  delete (): Promise<void>
}

// Each of these changes advances the user's not-before, possible once a second: a token holder must not delay an admin's change.
const OWN_CHANGES = { burst: 5, perSecond: 0.1 }

// A login may rehash the same password in the meantime; then the new hash is verified.
const MAX_TRIES = 2

/** @returns a function that opens the account of a user */
export function createAccountServices (options: AccountServiceOptions): (owner: AccountOwner) => AccountService {
  const { database, hasher, passwordMinLength, sessionIdleSeconds } = options
  const db = database.kysely
  // Separate buckets: the thief of a token must not use up the victim's password changes.
  const [passwordChanges, sessionEnds] = [new TokenBuckets(OWN_CHANGES), new TokenBuckets(OWN_CHANGES)]
  const loginLimiter = options.loginLimiter ?? createLoginLimiter(toLoginLimit(options.loginRatePerMinute))
  const checkPassword = createPasswordCheck({ ...options, loginLimiter })

  return function openAccount ({ userId, sessionId, level, origin }) {
    const actor = { actorId: userId, origin }

    // ASVS 16.3.1: a guess here is audited like a failed login.
    async function reject (): Promise<never> {
      await recordAudit(db, { type: 'login_failed', userId, sessionId, details: { purpose: 'password_change' }, ...actor })
      throw new WrongPasswordError()
    }

    return {
      find: () => findUser(db, userId),

      async changePassword ({ currentPassword, newPassword }) {
        let passwordHash: string | undefined
        for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
          const credentials = await findCredentialsById(db, userId)
          if (credentials !== undefined) assertLevel(credentials, level)
          if (credentials === undefined || !await checkPassword(credentials, currentPassword, origin)) return reject()
          const { passwordHash: verifiedHash } = credentials
          if (verifiedHash === undefined) return reject()
          assertAccountPassword(newPassword, { minLength: passwordMinLength, email: credentials.email, path: '/new_password' })
          if (passwordHash === undefined) passwordChanges.assertAvailable(userId)
          passwordHash ??= await hasher.hash(newPassword)
          if (await changePassword(options, { userId, sessionId, level, verifiedHash, passwordHash }, actor)) return
        }
        return reject()
      },

      listSessions: (page) => listSessions(db, userId, { ...page, sessionIdleSeconds }),

      async endSession (id) {
        if (!await endSession(database.reserved, { sessionId: id, userId }, actor)) throw new NotFoundError()
      },

      async endSessions () {
        sessionEnds.assertAvailable(userId)
        await endUserSessions(database, userId, actor)
      },

      delete: () => deleteUser(database, userId, actor, { level })
    }
  }
}
