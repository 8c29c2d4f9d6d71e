import { DEFAULT_ADMIN_EMAIL, ensureFirstAdmin, findFirstAdmin, type CreatedAdmin } from '../accounts/index.ts'
import type { Config } from '../config/index.ts'
import { OperatorError, type Dependencies } from '../dependencies.ts'
import { EmailTakenError, InvalidRequestError, WeakPasswordError } from '../errors.ts'
import { commandLineName } from '../package.ts'

/** The admin to log in as: created by this start, existing from before, or none. `password` is set only if it was generated. */
export type Admin =
  | { kind: 'created', email: string, password: string | undefined }
  | { kind: 'existing', email: string, others: number }
  | { kind: 'missing' }

/**
 * Ensures that there is an admin. With the embedded database, one is created even if the settings name none. With a database server,
 * where nobody may be watching the start, a password is never generated.
 *
 * @param config the settings
 * @param dependencies the database and the hasher
 * @param announce called once: listens, and shows the admin. A created admin is committed only after it resolves, so that there is never
 *   an admin whose password nobody has seen
 * @throws OperatorError when the admin of the settings cannot be created; whatever `announce` throws
 */
export async function ensureAdmin (
  config: Config,
  { database, hasher }: Pick<Dependencies, 'database' | 'hasher'>,
  announce: (admin: Admin) => Promise<void>
): Promise<void> {
  const { passwordMinLength } = config
  const email = config.admin?.email ?? (database.embedded ? DEFAULT_ADMIN_EMAIL : undefined)
  const password = config.admin?.password
  if (email !== undefined && (password !== undefined || database.embedded)) {
    const beforeCommit = (created: CreatedAdmin) => {
      return announce({ kind: 'created', email: created.email, password: password === undefined ? created.password : undefined })
    }
    const creating = ensureFirstAdmin(database, hasher, { email, password, passwordMinLength, beforeCommit })
    const created = await creating.catch((error: unknown) => { throw toOperatorError(error, email) })
    if (created !== undefined) return
  }
  const existing = await findFirstAdmin(database.kysely)
  await announce(existing === undefined ? { kind: 'missing' } : { kind: 'existing', ...existing })
}

/** Public errors name members of a request; the operator needs the names of settings. */
function toOperatorError (error: unknown, email: string): unknown {
  if (error instanceof WeakPasswordError) {
    return new OperatorError(`ADMIN_PASSWORD ${error.errors?.[0]?.message ?? 'is too weak'}: set another one.`)
  }
  if (error instanceof InvalidRequestError) {
    return new OperatorError('ADMIN_EMAIL must be an e-mail address, and ADMIN_PASSWORD text of at most 256 characters.')
  }
  if (error instanceof EmailTakenError) {
    const command = `${commandLineName()} user role ${shellQuote(email)} admin`
    return new OperatorError(`ADMIN_EMAIL belongs to a user who is not an admin: set another one, or run "${command}".`)
  }
  return error
}

/** Quotes text as one word of a POSIX shell command; text that is safe is not quoted. */
export function shellQuote (text: string): string {
  return /^[\w.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
