import { recordAudit, type Origin } from '../audit/index.ts'
import { emailKey, findCredentialsByEmail, type PasswordHasher } from '../credentials/index.ts'
import { type Database } from '../database/index.ts'
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

/**
 * Makes the login: two round trips to the database, and one password hash between them that holds no connection.
 *
 * @param options the credential store, the hasher, how long sessions live
 * @returns attempt -> grant; throws InvalidCredentialsError, after the same work, for an unknown user, a wrong password
 *   and a disabled user, OverloadedError past the hasher's queue, CredentialStoreUnavailableError
 */
export function createLogin ({ database, hasher, lifetimes }: { database: Database, hasher: PasswordHasher, lifetimes: Lifetimes }): (attempt: LoginAttempt) => Promise<Grant> {
  const db = database.kysely
  const begin = createLoginStatement(lifetimes)

  async function refuse (userId: string | undefined, origin: Origin): Promise<never> {
    await askStore(() => recordAudit(db, { type: 'login_failed', ...(userId !== undefined && { userId }), origin }))
    throw new InvalidCredentialsError()
  }

  return async function logIn ({ email, password, replacedSessionId, origin }) {
    const found = await askStore(() => findCredentialsByEmail(db, emailKey(email)))
    const isRight = await hasher.verify(found?.passwordHash, password)
    if (found === undefined || !isRight || found.disabled) return refuse(found?.id, origin)
    const { id: userId, passwordHash } = found
    const rehash = hasher.needsRehash(passwordHash) ? await hasher.hash(password) : undefined
    const begun = await askStore(() => begin(db, { userId, passwordHash, rehash, replacedSessionId, origin }))
    if (begun === undefined) return refuse(userId, origin)
    return { ...begun, userId, generation: 1, restSeconds: lifetimes.sessionMaxSeconds }
  }
}
