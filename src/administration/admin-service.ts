import { listAudit, type AuditEvent, type AuditQuery } from '../audit/index.ts'
import type { Roles } from '../contract/index.ts'
import { assertStrongPassword } from '../passwords/index.ts'
import { createThrottle } from '../throttle/index.ts'
import { enrolUser, findUser, listUsers, type User, type UserQuery } from '../accounts/index.ts'
import { InvalidRequestError, NotFoundError } from '../errors.ts'
import type { AccountsOptions } from './account-service.ts'
import { changeUser, deleteUser } from './update-user.ts'
import { endEverySession, endSession, endSessionsOf, type Ending } from '../sessions/index.ts'
import { listSessions, type SessionPage } from '../sessions/index.ts'

export interface AdministrationOptions extends AccountsOptions {
  /** Those that a user may have. */
  roles: Pick<Roles, 'names'>
}

/** What is to become of a user; what is left out stays. */
export interface UserOrder {
  role?: string | undefined
  disabled?: boolean | undefined
  password?: string | undefined
}

/** All users and their sessions, in the hands of one who answers for it: the audit says who. */
export interface Administration {
  /** Newest first; `next` is the cursor of the next page, null on the last. */
  listUsers (query: UserQuery): Promise<{ users: User[], next: string | null }>
  findUser (id: string): Promise<User | undefined>
  /** @throws InvalidRequestError, WeakPasswordError, EmailTakenError, TooManyAttemptsError, OverloadedError */
  createUser (account: { email: string, password: string, role: string }): Promise<User>
  /** @throws NotFoundError, LastAdminError, InvalidRequestError, WeakPasswordError, TooManyAttemptsError, OverloadedError */
  changeUser (id: string, order: UserOrder): Promise<User>
  /** @throws NotFoundError, LastAdminError */
  deleteUser (id: string): Promise<void>
  /** The active ones of a user, newest first. */
  listSessions (userId: string, page: { after?: string | undefined, limit: number }): Promise<SessionPage>
  /** @throws NotFoundError */
  endSession (id: string): Promise<void>
  /** @throws NotFoundError */
  endSessionsOf (userId: string): Promise<void>
  endEverySession (): Promise<void>
  /** Newest first. */
  listAudit (query: AuditQuery): Promise<{ events: AuditEvent[], next: string | null }>
}

/** Makes the one that lets somebody administer; nobody (null) is the command line. */
export function createAdministration (options: AdministrationOptions): (by: Ending) => Administration {
  const { database, hasher, passwordMinLength, sessionIdleSeconds, roles } = options
  const db = database.reserved
  const throttle = createThrottle(options)

  /** No connection is held while the password is hashed. */
  async function hashNew (userId: string, password: string, admit: () => Promise<void>): Promise<string> {
    const user = await findUser(db, userId)
    if (user === undefined) throw new NotFoundError()
    assertStrongPassword(password, { minLength: passwordMinLength, email: user.email })
    await admit()
    return hasher.hash(password)
  }

  function assertRole (role: string): void {
    if (!roles.names.includes(role)) throw new InvalidRequestError({ errors: [{ path: '/role', message: `must be one of ${roles.names.join(', ')}` }] })
  }

  return function administrationBy (by) {
    const { actorId } = by
    const admit = async () => { if (actorId !== null) await throttle.admitAdmin(actorId) }

    return {
      listUsers: (query) => listUsers(db, query),
      findUser: (id) => findUser(db, id),

      async createUser (account) {
        assertRole(account.role)
        return enrolUser({ db, hasher, passwordMinLength, admit }, account, by)
      },

      async changeUser (id, { role, disabled, password }) {
        if (role !== undefined) assertRole(role)
        const passwordHash = password === undefined ? undefined : await hashNew(id, password, admit)
        return changeUser(database, id, { role, disabled, passwordHash }, by)
      },

      deleteUser: (id) => deleteUser(database, id, by),
      listSessions: (userId, page) => listSessions(db, userId, { ...page, sessionIdleSeconds }),

      async endSession (id) {
        if (!await endSession(db, { sessionId: id }, by)) throw new NotFoundError()
      },

      async endSessionsOf (userId) {
        if (!await endSessionsOf(database, userId, by)) throw new NotFoundError()
      },

      endEverySession: () => endEverySession(database, by),
      listAudit: (query) => listAudit(db, query)
    }
  }
}
