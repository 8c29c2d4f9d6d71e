// Users in a database, without the API.
import { insertUser } from '../../src/accounts/store.ts'
import { parseEmail } from '../../src/accounts/email.ts'
import { SYSTEM_ACTOR } from '../../src/audit/index.ts'
import { createOutbox } from '../../src/mail/index.ts'
import type { Database } from '../../src/database/index.ts'
import { createPasswordHasher } from '../../src/passwords/index.ts'
import { PASSWORD } from './password.ts'

/** argon2 at its cheapest. */
export const hasher = createPasswordHasher({ memoryKib: 1024, passes: 1, parallelism: 1 })
const passwordHash = hasher.hash(PASSWORD)

/** @returns the id of a new user whose password is PASSWORD */
export async function createUser (database: Database, email = 'ada@example.com', role = 'user'): Promise<string> {
  const { id } = await insertUser(database.kysely, { email: parseEmail(email), passwordHash: await passwordHash, role }, SYSTEM_ACTOR)
  return id
}

/** What changes of users need, with mail off. */
export function withoutMail (database: Database) {
  return { database, outbox: createOutbox({ isEnabled: false }) }
}
