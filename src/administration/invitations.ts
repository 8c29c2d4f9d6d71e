import { assertClaims, findCredentialsById, insertUser, parseEmail, type NewAccount, type User } from '../accounts/index.ts'
import type { Actor } from '../audit/index.ts'
import { transact } from '../database/index.ts'
import { InvalidRequestError, NotFoundError } from '../errors.ts'
import type { ChangeContext } from './update-user.ts'

/** What a mail asks a user to do: to set the first password, or another one. */
type PasswordMail = 'invitation' | 'password_reset'

interface SendOptions {
  /** Called before the mail is queued; may throw TooManyAttemptsError. */
  admit?: () => Promise<void>
}

/**
 * Creates a user without a password, and invites them by mail to set one: both or neither.
 *
 * @param context the database and the outbox
 * @param account the user to be; the role exists
 * @param actor who does it
 * @throws MailDisabledError, InvalidRequestError, EmailTakenError, and what `admit` throws
 */
export async function inviteUser (
  { database, outbox }: ChangeContext, { email, role, claims = {} }: Omit<NewAccount, 'password'>, actor: Actor, { admit }: SendOptions = {}
): Promise<User> {
  outbox.assertEnabled()
  const parsed = parseEmail(email)
  assertClaims(claims)
  await admit?.()
  return transact(database, async (trx) => {
    const user = await insertUser(trx, { email: parsed, passwordHash: undefined, role, claims }, actor)
    await outbox.enqueue(trx, { purpose: 'invitation', userId: user.id }, { type: 'user_invited', userId: user.id, ...actor })
    return user
  })
}

/**
 * Mails a user a link to set a password: another invitation to who has none yet, and the link of a forgotten password to everybody else.
 *
 * @param context the database and the outbox
 * @param userId UUID
 * @param actor who does it
 * @returns which mail
 * @throws MailDisabledError, NotFoundError, InvalidRequestError for a disabled user, and what `admit` throws
 */
export async function sendPasswordMail (
  { database, outbox }: ChangeContext, userId: string, actor: Actor, { admit }: SendOptions = {}
): Promise<PasswordMail> {
  outbox.assertEnabled()
  const user = await findCredentialsById(database.reserved, userId)
  if (user === undefined) throw new NotFoundError()
  // It would be accepted, and never sent.
  if (user.disabled) throw new InvalidRequestError({ errors: [{ path: 'id', message: 'is a disabled user: enable the user first' }] })
  await admit?.()
  const [purpose, type] = user.passwordHash === undefined
    ? ['invitation', 'user_invited'] as const
    : ['password_reset', 'password_reset_requested'] as const
  await outbox.enqueue(database.reserved, { purpose, userId }, { type, userId, ...actor })
  return purpose
}
