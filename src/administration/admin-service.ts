import {
  assertAccountPassword, assertClaims, createAccount, findUser, listUsers, parseEmail, type NewAccount, type User, type UserQuery
} from '../accounts/index.ts'
import { listAudit, type Actor, type AuditEvent, type AuditQuery } from '../audit/index.ts'
import type { CustomClaims, Roles } from '../contract/index.ts'
import { InvalidRequestError, NotFoundError } from '../errors.ts'
import { endAllSessions, endSession, endUserSessions, listSessions, type SessionPage } from '../sessions/index.ts'
import { createThrottle } from '../throttle/index.ts'
import type { AccountServiceOptions } from './account-service.ts'
import { inviteUser, sendPasswordMail } from './invitations.ts'
import { removeSecondFactors } from './remove-factors.ts'
import { deleteUser, updateUser } from './update-user.ts'

interface AdminServiceOptions extends AccountServiceOptions {
  /** The roles that a user may have. */
  roles: Pick<Roles, 'names'>
}

/** New values; an absent member is not changed. */
interface UserPatch {
  role?: string | undefined
  disabled?: boolean | undefined
  password?: string | undefined
  /** All of them: those that are left out are removed. */
  claims?: CustomClaims | undefined
  email?: string | undefined
}

/** What one admin does with all users and sessions: each change is audited with the admin as its actor. */
export interface AdminService {
  /** Newest first; `next` is the cursor of the next page, null on the last page. */
  listUsers (query: UserQuery): Promise<{ users: User[], next: string | null }>
  findUser (id: string): Promise<User | undefined>
  /**
   * @param account without a password, the user is invited by mail to set one
   * @throws InvalidRequestError, WeakPasswordError, EmailTakenError, TooManyAttemptsError, OverloadedError, MailDisabledError
   */
  createUser (account: Omit<NewAccount, 'password'> & { password?: string | undefined }): Promise<User>
  /**
   * @throws NotFoundError, LastAdminError, EmailTakenError, InvalidRequestError, WeakPasswordError, TooManyAttemptsError, OverloadedError
   */
  updateUser (id: string, patch: UserPatch): Promise<User>
  /** @throws NotFoundError, LastAdminError */
  deleteUser (id: string): Promise<void>
  /** Mails a link to set a password. @throws NotFoundError, InvalidRequestError, TooManyAttemptsError, MailDisabledError */
  sendPasswordMail (id: string): Promise<void>
  /** For a user who has lost them; see `removeSecondFactors`. @throws NotFoundError */
  removeSecondFactors (id: string): Promise<void>
  /** Active sessions of a user, newest first. */
  listSessions (userId: string, page: { after?: string | undefined, limit: number }): Promise<SessionPage>
  /** @throws NotFoundError */
  endSession (id: string): Promise<void>
  /** @throws NotFoundError */
  endUserSessions (userId: string): Promise<void>
  endAllSessions (): Promise<void>
  /** Newest first. */
  listAudit (query: AuditQuery): Promise<{ events: AuditEvent[], next: string | null }>
}

/** @returns a function that makes the service for an actor; the command line has no `actorId` */
export function createAdminServices (options: AdminServiceOptions): (actor: Actor) => AdminService {
  const { database, hasher, passwordMinLength, sessionIdleSeconds, roles } = options
  const db = database.reserved
  const throttle = createThrottle(options)

  /** No connection is held while hashing. */
  async function hashNewPassword (
    userId: string, { password, email }: { password: string, email: string | undefined }, admit: () => Promise<void>
  ): Promise<string> {
    const user = await findUser(db, userId)
    if (user === undefined) throw new NotFoundError()
    assertAccountPassword(password, { minLength: passwordMinLength, email: email ?? user.email })
    await admit()
    return hasher.hash(password)
  }

  /** @param path of the role in the request */
  function assertRole (role: string, path = '/role'): void {
    if (roles.names.includes(role)) return
    throw new InvalidRequestError({ errors: [{ path, message: `must be one of: ${roles.names.join(', ')}` }] })
  }

  return function adminFor (actor) {
    const { actorId } = actor
    const admit = async () => { if (actorId !== null) await throttle.admitAdmin(actorId) }

    return {
      async listUsers (query) {
        if (query.role !== undefined) assertRole(query.role, 'role')
        return listUsers(db, query)
      },

      findUser: (id) => findUser(db, id),

      async createUser ({ password, ...account }) {
        assertRole(account.role)
        if (password === undefined) return inviteUser(options, account, actor, { admit })
        return createAccount({ db, hasher, passwordMinLength, admit }, { ...account, password }, actor)
      },

      async updateUser (id, { role, disabled, password, claims, email: typed }) {
        if (role !== undefined) assertRole(role)
        if (claims !== undefined) assertClaims(claims)
        const email = typed === undefined ? undefined : parseEmail(typed)
        const passwordHash = password === undefined ? undefined : await hashNewPassword(id, { password, email: typed }, admit)
        return updateUser(options, id, { role, disabled, passwordHash, claims, email }, actor)
      },

      deleteUser: (id) => deleteUser(database, id, actor),

      async sendPasswordMail (id) {
        await sendPasswordMail(options, id, actor, { admit })
      },

      async removeSecondFactors (id) {
        await removeSecondFactors(options, id, actor)
      },

      listSessions: (userId, page) => listSessions(db, userId, { ...page, sessionIdleSeconds }),

      async endSession (id) {
        if (!await endSession(db, { sessionId: id }, actor)) throw new NotFoundError()
      },

      async endUserSessions (userId) {
        if (!await endUserSessions(database, userId, actor)) throw new NotFoundError()
      },

      endAllSessions: () => endAllSessions(database, actor),
      listAudit: (query) => listAudit(db, query)
    }
  }
}
